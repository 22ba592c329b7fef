// The pages reached by a link: autosave and conditions only, to stay light on a telephone.
import { watchConditions } from "./conditional-fields.js";
import { watchDrafts } from "./drafts.js";

document.documentElement.classList.add("js");
watchConditions(document);
watchDrafts(document);
document.querySelector("[data-focus-first], #problemes")?.focus();
