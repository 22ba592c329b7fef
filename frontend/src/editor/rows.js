// Values of a list and rules of a table put in order by their buttons without leaving the page: the answer takes the
// place of what is shown, focus stays on the button and the new place is said.

const MOVES = ["monter", "descendre"];
const said = document.createElement("div");

document.addEventListener("DOMContentLoaded", () => {
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  document.body.append(said);
  watchRows(document.querySelector("main"));
});

function watchRows(main) {
  for (const rows of main.querySelectorAll("[data-rows]")) {
    rows.addEventListener("submit", (event) => {
      const asked = event.submitter?.value;
      if (!MOVES.includes(asked)) return;
      event.preventDefault();
      send(event.target, { action: asked });
    });
  }
}

async function send(form, fields) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  let answer, page;
  try {
    answer = await fetch(form.getAttribute("action"), { method: "POST", body });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return location.reload(); // the browser says what is wrong; nothing was kept
  }
  const next = page.querySelector("main");
  if (!next || new URL(answer.url).pathname !== location.pathname) return location.assign(answer.url);
  document.querySelector("main").replaceWith(next);
  document.title = page.title;
  watchRows(next);
  const refusal = next.querySelector("[data-focus-first]");
  const row = document.getElementById(body.get("element"));
  const buttons = row ? [...row.querySelectorAll(".btn-move:enabled")] : [];
  (refusal ?? buttons.find((button) => button.value === fields.action) ?? buttons[0])?.focus();
  said.textContent = refusal ? "" : [...next.querySelectorAll(":scope > .alert")].map((one) => one.textContent).join(" ");
}
