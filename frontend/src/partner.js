// The pages reached by a link: autosave and conditions only, to stay light on a telephone.
import { watchConditions } from "./conditional-fields.js";
import { watchDrafts } from "./drafts.js";
import { watchOnce } from "./once.js";

document.documentElement.classList.add("js");
watchConditions(document);
watchDrafts(document);
watchOnce(document);
if (!document.activeElement?.form) document.querySelector("[data-focus-first], #problemes")?.focus();
