"""What a page must hold whatever it shows, and what a window asked the network for."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Request, Response

STRUCTURE = """() => {
  const faults = [];
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  const twice = ids.filter((id, place) => ids.indexOf(id) !== place);
  if (twice.length) faults.push(`ids twice: ${[...new Set(twice)]}`);
  if (document.querySelectorAll("h1").length !== 1) faults.push(`${document.querySelectorAll("h1").length} h1`);
  if (document.documentElement.lang !== "fr") faults.push(`lang ${document.documentElement.lang}`);
  if (!document.title.includes("·")) faults.push(`title ${document.title}`);
  const first = document.querySelector("a, button, input, select, textarea");
  if (first?.getAttribute("href") !== "#contenu" || !document.querySelector("main#contenu")) faults.push("skip link");
  if (document.querySelector("[style], style, script:not([src])")) faults.push("inline style or script");
  return faults;
}"""

SMALL_TARGETS = """(least) => [...document.querySelectorAll("main :is(a, button, input, select, textarea, summary)")]
  .filter((one) => one.type !== "hidden" && one.checkVisibility())
  .map((one) => [one, (one.type === "radio" || one.type === "checkbox" ? one.closest(".form-check") : one)])
  .filter(([one, area]) => area.getBoundingClientRect().height < least)
  .map(([one, area]) => `${one.outerHTML.slice(0, 80)} ${area.getBoundingClientRect().height}`)"""


def structure_faults(page: Page) -> list[str]:
    """Return what the page lacks: one h1, unique ids, a language, a title, a skip link, nothing inline."""
    return list(page.evaluate(STRUCTURE))


def small_targets(page: Page, least: int = 44) -> list[str]:
    """Return the controls of the main part that are less high than so many pixels."""
    return list(page.evaluate(SMALL_TARGETS, least))


class Traffic:
    """All that a browser window asked for, and what it complained about."""

    def __init__(self, context: BrowserContext) -> None:
        self.requests: list[Request] = []
        self.responses: list[Response] = []
        self.complaints: list[str] = []
        context.on("request", lambda one: self.requests.append(one))
        context.on("response", lambda one: self.responses.append(one))
        context.on("console", lambda said: self.complaints.append(said.text) if "ecurity" in said.text else None)
        context.on("weberror", lambda failure: self.complaints.append(str(failure.error)))

    def third_parties(self, url: str) -> list[str]:
        """Return the addresses asked elsewhere than at the server."""
        home = urlsplit(url).netloc
        return [one.url for one in self.requests if urlsplit(one.url).netloc not in {home, ""}]

    def weight(self) -> int:
        """Return how many bytes of bodies travelled, as they were sent."""
        return sum(int(one.headers.get("content-length", 0)) for one in self.responses)
