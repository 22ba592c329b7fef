// A page previewed at the width of a real screen: an inner window, as tall as what it holds, made smaller to fit.
const SMALLEST = 0.5; // below, words could not be read: the reader scrolls sideways instead

export function watchSheets(root) {
  for (const sheet of root.querySelectorAll("[data-sheet]")) {
    if (sheet.contentDocument?.readyState === "complete") fitSheet(sheet);
    sheet.addEventListener("load", () => fitSheet(sheet));
  }
}

// Keeps an inner window at the size of its content; returns how to stop.
export function fitSheet(sheet) {
  const [around, body] = [sheet.parentElement, sheet.contentDocument.body];
  body.style.minHeight = "0"; // as tall as what it holds, not as the window
  const fit = () => {
    const [wide, room] = [sheet.offsetWidth, around.clientWidth];
    const scale = Math.max(SMALLEST, Math.min(1, room / wide));
    const tall = body.offsetHeight;
    sheet.style.height = `${tall}px`;
    sheet.style.transform = scale < 1 ? `scale(${scale})` : "";
    sheet.style.marginInline = scale < 1 ? "0" : "";
    // what is drawn smaller still takes its whole place: the rest is given back
    sheet.style.marginBottom = `${Math.floor(tall * (scale - 1))}px`;
    sheet.style.marginRight = scale < 1 ? `${Math.floor(wide * (scale - 1))}px` : "";
    body.style.setProperty("--sheet-scale", scale);
  };
  const watching = new ResizeObserver(fit);
  watching.observe(around);
  watching.observe(body);
  fit();
  return () => watching.disconnect();
}
