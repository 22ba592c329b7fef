// A form is sent once: a second click while the answer is on its way does nothing.
const PATIENCE = 5_000; // ms; after that the person may try again (a download leaves the page in place)

export function watchOnce(root) {
  const sent = new Set();
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (sent.has(form)) return event.preventDefault();
    sent.add(form);
    setTimeout(() => sent.delete(form), PATIENCE);
  });
  window.addEventListener("pageshow", () => sent.clear()); // back from the next page
}
