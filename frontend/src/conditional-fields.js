// Shows and hides the fields of a form as its answers change. What the browser cannot judge alone
// stays as the server rendered it, with its sentence « À remplir si … ».
import { judge } from "./conditions.js";

export function watchConditions(root) {
  for (const form of root.querySelectorAll("form")) {
    const ruled = [...form.querySelectorAll("[data-jalon-rule]")];
    if (!ruled.length) continue;
    const apply = () => ruled.forEach((element) => show(form, element));
    form.addEventListener("input", apply);
    form.addEventListener("change", apply);
    apply();
  }
}

function show(form, element) {
  const rules = [].concat(JSON.parse(element.dataset.jalonRule));
  let shown = true;
  let enabled = true;
  let judged = false;
  for (const rule of rules) {
    const answers = answersTo(form, rule);
    if (!answers) continue; // an answer it depends on is on another page
    const verdict = judge(rule, answers);
    judged = true;
    shown &&= verdict.shown;
    enabled &&= verdict.enabled;
  }
  element.hidden = !shown;
  const sentence = element.querySelector(":scope > .jalon-condition");
  if (sentence) sentence.hidden = true; // judged here: the sentence is for pages without a script
  for (const control of element.querySelectorAll("input, select, textarea")) {
    if (control.type !== "hidden") control.disabled = !enabled;
  }
  if (!judged || !enabled) return;
  for (const held of [element, ...element.querySelectorAll("fieldset[disabled]")]) held.disabled = false;
}

// What is answered to the question a rule looks at; for conditions held together, one answer per part.
function answersTo(form, rule) {
  if (rule.parts) {
    const found = rule.parts.map((part) => answersTo(form, part));
    return found.includes(null) ? null : found;
  }
  const controls = [...form.querySelectorAll(`[name="${CSS.escape(rule.on)}"]`)];
  return controls.length ? texts(controls) : null;
}

function texts(controls) {
  return controls.flatMap((control) => {
    if (control.closest("[hidden]")) return []; // a hidden answer counts as absent
    if (control.type === "checkbox" || control.type === "radio") return control.checked ? [control.value] : [];
    if (control.multiple) return [...control.selectedOptions].map((option) => option.value);
    return [control.value];
  });
}
