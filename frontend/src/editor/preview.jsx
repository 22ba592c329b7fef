// The form as people will see it, drawn by the server in a window as wide as a screen; each question leads to what
// can be changed of it.
import { useEffect, useRef, useState } from "preact/hooks";
import { watchConditions } from "../conditional-fields.js";
import { fitSheet } from "../sheets.js";
import { addingAfter } from "./outline.jsx";
import { fill } from "./parts.jsx";

export function Preview({ store, state }) {
  const { say } = store;
  const [width, setWidth] = useState(() => (innerWidth < 640 ? "telephone" : "bureau"));
  const [shown, setShown] = useState({ html: "", message: "", section: null });
  const [page, setPage] = useState(null);
  const sheet = useRef(null);
  const frame = useRef(null);
  const asked = useRef(0);
  const { selected, confirmed } = store;
  useEffect(() => {
    const inside = frame.current?.querySelector(`[data-uid="${CSS.escape(selected)}"]`);
    if (inside && shown.confirmed === confirmed) return; // the part at hand already shows it
    const number = (asked.current += 1);
    const timer = setTimeout(async () => {
      const answer = await fetch(`${store.addresses.preview}?element=${encodeURIComponent(selected)}`).catch(() => null);
      if (!answer?.ok || number !== asked.current) return;
      setShown({ ...(await answer.json()), confirmed });
    }, 60);
    return () => clearTimeout(timer);
  }, [selected, confirmed]);
  useEffect(() => {
    if (!page) return;
    frame.current = paper(page, shown.html);
    decorate(frame.current, store);
    watchConditions(page);
  }, [shown, page]);
  useEffect(() => frame.current && mark(frame.current, state, store), [selected, shown, state, page]);
  useEffect(() => page && fitSheet(sheet.current), [page, width]);
  return (
    <section class="ed-preview" aria-labelledby="ed-preview">
      <div class="ed-preview-head">
        <h2 id="ed-preview">{say.preview}</h2>
        <div class="btn-group" role="group" aria-label={say.width}>
          {[
            ["bureau", say.desktop],
            ["telephone", say.phone],
          ].map(([code, label]) => (
            <button
              key={code}
              type="button"
              class={`btn btn-outline-primary btn-sm${width === code ? " active" : ""}`}
              aria-pressed={width === code}
              onClick={() => setWidth(code)}
            >
              {label}
            </button>
          ))}
        </div>
      </div>
      {shown.message && <p class="alert alert-danger">{shown.message}</p>}
      <div class="preview-window" tabIndex={0} role="group" aria-label={say.preview}>
        <iframe
          ref={sheet}
          class={`preview-sheet preview-${width}`}
          title={say.marked}
          srcdoc="<!doctype html><title></title><body></body>"
          onLoad={() => setPage(furnished(sheet.current.contentDocument, say))}
        />
      </div>
    </section>
  );
}

// Gives the inner page the language and the styles of this one, already here: nothing is asked of the server again.
function furnished(page, say) {
  page.documentElement.lang = document.documentElement.lang;
  page.documentElement.dataset.bsTheme = document.documentElement.dataset.bsTheme;
  page.title = say.marked;
  const styles = new page.defaultView.CSSStyleSheet();
  styles.replaceSync([...document.styleSheets].map(written).join("\n"));
  page.adoptedStyleSheets = [styles];
  return page;
}

function written(sheet) {
  try {
    return [...sheet.cssRules].map((rule) => rule.cssText).join("\n");
  } catch {
    return ""; // an extension of the browser brought it: no page may read it
  }
}

// Puts a part of the form on the inner page, marked as a preview; a form that leads nowhere.
function paper(page, html) {
  const band = page.createElement("div");
  band.className = "band band-preview";
  band.setAttribute("role", "region");
  band.setAttribute("aria-label", page.title);
  band.textContent = page.title;
  const form = page.createElement("form");
  form.className = "ed-frame";
  form.noValidate = true;
  form.autocomplete = "off";
  form.innerHTML = html;
  form.addEventListener("submit", (event) => event.preventDefault());
  const main = page.createElement("main");
  main.className = "container-xl ed-sheet";
  main.append(form);
  page.body.replaceChildren(band, main);
  return form;
}

// Finds each element of the form on the page and gives it its tools.
function decorate(frame, store) {
  const { items, lists } = store.state;
  for (const item of Object.values(items)) {
    if (!item.html) continue;
    const found = frame.querySelector(`#${CSS.escape(item.html)}, [name="${CSS.escape(item.html)}"]`);
    const field = item.heading ? found : (found?.closest(".jalon-field") ?? found);
    if (!field || field.dataset.uid) continue;
    field.dataset.uid = item.uid;
    const tools = frame.ownerDocument.createElement("div");
    tools.className = "ed-tools";
    const tool = (label, name, act) => {
      const button = frame.ownerDocument.createElement("button");
      button.type = "button";
      button.className = "btn btn-outline-primary btn-sm";
      button.textContent = label;
      button.setAttribute("aria-label", `${label} : ${name}`);
      button.addEventListener("click", act);
      tools.append(button);
    };
    tool(item.heading ? store.say.edit : store.say.editField, item.label, () => {
      store.focusElement = true;
      store.select(item.uid);
    });
    if (item.list && lists[item.list]) {
      tool(store.say.addValueHere, item.label, () => {
        store.select(item.uid);
        requestAnimationFrame(() => document.getElementById("ed-value")?.focus());
      });
    }
    if (item.canAdd) tool(store.say.addHere, item.label, () => store.add(addingAfter(store.state, item.uid)));
    if (item.heading) field.prepend(tools);
    else field.append(tools);
  }
}

// Shows which element is chosen, and a label as it is being typed.
function mark(frame, state, store) {
  for (const field of frame.querySelectorAll("[data-uid]")) {
    const item = state.items[field.dataset.uid];
    field.classList.toggle("ed-chosen", field.dataset.uid === store.selected);
    const label = item && !item.heading && field.querySelector("label.form-label, legend");
    if (label?.firstChild?.nodeType === Node.TEXT_NODE && label.firstChild.data.trim() !== item.label) {
      label.firstChild.data = `${item.label} `;
    }
  }
}
