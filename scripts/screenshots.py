"""Take a picture of every page at 1280 and 360 pixels wide, from the state the demo leaves.

Usage: screenshots.py [folder] — starts its own demo database and server in a temporary folder.
"""

import dataclasses
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from jalon.app import build, create_app
from jalon.base.clock import MovableClock, SystemClock
from jalon.base.settings import Settings
from jalon.doors.cli import demo, scenario
from jalon.doors.cli.setup import DEMO_PASSWORD, prepare_demo

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from browser.pages import VISITS, launch

WIDTHS = {"large": {"width": 1280, "height": 900}, "etroit": {"width": 360, "height": 740}}


def main(folder: Path) -> int:
    """Prepare, serve, visit, shoot."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as var:
        settings = Settings(
            database_url=f"sqlite:///{var}/demo.db", var_dir=var, secret_key="s" * 40, second_factor=False
        )
        wiring = build(settings, MovableClock(SystemClock().now()))
        prepare_demo(wiring)
        for script in demo.scenarios():
            scenario.play(scenario.Stage(wiring, wiring.clock), script, lambda _line: None)
        serving = build(dataclasses.replace(settings))
        server = make_server("127.0.0.1", 0, create_app(serving), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = launch(playwright)
            for name, size in WIDTHS.items():
                shoot(browser, f"http://127.0.0.1:{server.server_port}", folder, name, size)
            browser.close()
        server.shutdown()
    return 0


def shoot(browser: Browser, url: str, folder: Path, name: str, size: dict[str, int]) -> None:
    """Visit every page with one width; one window per person."""
    for login, visits in VISITS.items():
        context = browser.new_context(base_url=url, viewport=size, locale="fr-FR")
        page = context.new_page()
        if login:
            sign_in(page, login)
        for title, visit in visits.items():
            visit(page)
            page.screenshot(path=folder / f"{title}-{name}.png", full_page=True)
            print(f"{title}-{name}.png")
        context.close()


def sign_in(page: Page, login: str) -> None:
    """Sign a person of the demo in."""
    page.goto("/connexion")
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/ma-journee")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")))
