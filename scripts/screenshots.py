"""Take a picture of every page at 1280 and 360 pixels wide, from a stage prepared for the purpose.

Usage: screenshots.py [folder] — starts its own demo database and server in a temporary folder.
       screenshots.py --docs   — renews the pictures of docs/images/.
"""

import logging
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from jalon.app import build, create_app
from jalon.base.settings import Settings
from jalon.doors.cli.setup import DEMO_PASSWORD, prepare_demo

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from browser.pages import NOBODY, VISITS, Visit, at, launch  # noqa: E402 (the list of pages belongs to the tests)
from browser.scene import Scene, prepare  # noqa: E402

WIDTHS = {"large": {"width": 1280, "height": 900}, "etroit": {"width": 360, "height": 740}}
IMAGES = ROOT / "docs" / "images"
DESK, PHONE = {"width": 1280, "height": 800}, WIDTHS["etroit"]
DOCS: dict[str, tuple[str, Visit, dict[str, int], str]] = {
    "formulaire": ("conseiller.toulouse", VISITS["conseiller.toulouse"]["formulaire"], DESK, ""),
    "plan": ("conseiller.toulouse", VISITS["conseiller.toulouse"]["plan"], DESK, ".process-map"),
    "administrer": ("admin.occitanie", at("/console/occitanie/list/modes-de-transport"), DESK, ""),
    "concevoir": ("conception.dsi", at("/atelier"), DESK, ""),
    "repondre": (NOBODY, VISITS[NOBODY]["lien-formulaire"], PHONE, ""),
}
"""Picture of the documentation -> who sees it, how they get there, in which window, and which part of the page."""


@contextmanager
def stage() -> Iterator[tuple[str, Scene]]:
    """Serve a database prepared for the purpose; yield its address and what is on it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as var:
        url = f"sqlite:///{var}/demo.db"
        wiring = build(Settings(database_url=url, var_dir=var, secret_key="s" * 40, second_factor=False))
        prepare_demo(wiring)
        scene = prepare(wiring)
        server = make_server("127.0.0.1", 0, create_app(wiring), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", scene
        server.shutdown()
        wiring.database.close()


def main(arguments: list[str]) -> int:
    """Prepare, serve, visit, shoot."""
    with stage() as (url, scene), sync_playwright() as playwright:
        browser = launch(playwright)
        if arguments == ["--docs"]:
            shoot_docs(browser, url, scene)
        else:
            folder = Path(arguments[0] if arguments else "screenshots")
            folder.mkdir(parents=True, exist_ok=True)
            for name, size in WIDTHS.items():
                shoot(browser, url, scene, folder, name, size)
        browser.close()
    return 0


def shoot(browser: Browser, url: str, scene: Scene, folder: Path, name: str, size: dict[str, int]) -> None:
    """Visit every page with one width; one window per person."""
    for login, visits in VISITS.items():
        page = window(browser, url, login, size)
        for title, visit in visits.items():
            visit(page, scene)
            page.screenshot(path=folder / f"{title}-{name}.png", full_page=True)
            print(f"{title}-{name}.png")
        page.context.close()


def shoot_docs(browser: Browser, url: str, scene: Scene) -> None:
    """Renew the pictures of the documentation: what the window shows, not the whole page."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, (login, visit, size, part) in DOCS.items():
        page = window(browser, url, login, size)
        visit(page, scene)
        (page.locator(part) if part else page).screenshot(path=IMAGES / f"{name}.png")
        print(f"docs/images/{name}.png {(IMAGES / f'{name}.png').stat().st_size // 1024} Ko")
        page.context.close()


def window(browser: Browser, url: str, login: str, size: dict[str, int]) -> Page:
    """Open a window of that size, signed in when a login is given."""
    page = browser.new_context(base_url=url, viewport=size, locale="fr-FR").new_page()
    if login:
        page.goto("/connexion")
        page.get_by_label("Identifiant").fill(login)
        page.get_by_label("Mot de passe").fill(DEMO_PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_url("**/ma-journee")
    return page


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
