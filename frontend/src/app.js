// Everything here improves pages that already work without it.
import htmx from "htmx.org";
import { watchConditions } from "./conditional-fields.js";
import { watchDrafts } from "./drafts.js";
import { watchMaps } from "./maps.js";
import { watchOnce } from "./once.js";
import { watchSheets } from "./sheets.js";
import { watchShortcuts } from "./shortcuts.js";

window.htmx = htmx;

document.addEventListener("DOMContentLoaded", () => {
  document.documentElement.classList.add("js");
  watchConditions(document);
  watchDrafts(document);
  watchOnce(document);
  watchMaps(document);
  watchSheets(document);
  watchShortcuts(document);
  // After a refused submission, readers land on the list of errors (C12), unless they are writing already.
  if (!document.activeElement?.form) document.querySelector("[data-focus-first], #problemes")?.focus();
});
