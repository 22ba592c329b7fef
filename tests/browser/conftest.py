"""A real server on a prepared database, a real browser, and axe."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jalon.app import build, create_app
from jalon.base.settings import Settings
from jalon.doors.cli.setup import DEMO_PASSWORD, prepare_demo
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE_RULES = {"region": {"enabled": True}, "heading-order": {"enabled": True}}
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's packs, network and people, prepared once by this worker."""
    folder = tmp_path_factory.mktemp("demo")
    wiring = build(_settings(folder))
    prepare_demo(wiring)
    wiring.database.close()
    return folder


def _settings(folder: Path, **others: Any) -> Settings:
    values = {"database_url": f"sqlite:///{folder / 'jalon.db'}", "var_dir": str(folder), "secret_key": "t" * 40}
    return Settings(**{**values, **others})


@pytest.fixture
def server(demo_template: Path, tmp_path: Path) -> Iterator[Any]:
    """A server of this test's own, on a copy of the prepared database; `.url` and `.wiring`."""
    folder = tmp_path / "var"
    shutil.copytree(demo_template, folder)
    wiring = build(_settings(folder))
    listener = make_server("127.0.0.1", 0, create_app(wiring), threaded=True)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    yield Running(f"http://127.0.0.1:{listener.server_port}", wiring)
    listener.shutdown()
    thread.join(timeout=5)
    listener.server_close()
    wiring.database.close()


class Running:
    """A server at work."""

    def __init__(self, url: str, wiring: Any) -> None:
        self.url = url
        self.wiring = wiring


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the system's, else Playwright's own."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        launched = playwright.chromium.launch(
            executable_path=found, args=[*arguments, "--disable-sync", "--no-first-run"]
        )
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, server: Running) -> Iterator[Callable[..., Page]]:
    """Open a fresh browser window: `visit("/chemin", phone=True, scripts=False)`."""
    opened: list[BrowserContext] = []

    def _visit(path: str = "/", *, phone: bool = False, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=server.url, viewport=PHONE if phone else DESKTOP, locale="fr-FR", java_script_enabled=scripts
        )
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(path)
        return page

    yield _visit
    for context in opened:
        context.close()


@pytest.fixture
def signed_in(visit: Callable[..., Page]) -> Callable[..., Page]:
    """Sign a person of the demo in: `signed_in("login", "/chemin")`."""

    def _signed_in(login: str, path: str = "/", **options: Any) -> Page:
        page = visit("/connexion", **options)
        page.get_by_label("Identifiant").fill(login)
        page.get_by_label("Mot de passe").fill(DEMO_PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_url(lambda url: "/connexion" not in url)
        if path != "/":
            page.goto(path)
        return page

    return _signed_in


def axe_violations(page: Page) -> list[str]:
    """Return what axe finds wrong on the page, one line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "(options) => axe.run(document, options)", {"runOnly": {"type": "tag", "values": AXE_TAGS}, "rules": AXE_RULES}
    )
    return [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]]


def sideways_scroll(page: Page) -> int:
    """Return how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
