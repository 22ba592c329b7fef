"""A real server on a prepared database, a real browser, and axe."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect, sync_playwright
from werkzeug.serving import make_server

from browser.pages import launch
from browser.scene import Scene, prepare
from factories.sharing import made_once
from jalon.app import build, create_app
from jalon.base.settings import Settings
from jalon.doors.cli.setup import DEMO_PASSWORD, prepare_demo
from jalon.store.wiring import Wiring

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE_RULES = {"region": {"enabled": True}, "heading-order": {"enabled": True}}
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
expect.set_options(timeout=30_000)  # the machine may be busy with other tests


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's packs, network and people; nobody writes in it."""

    def make(folder: Path) -> None:
        wiring = build(_settings(folder))
        prepare_demo(wiring)
        wiring.database.close()

    return made_once(tmp_path_factory, "demo", make)


def _settings(folder: Path, **others: Any) -> Settings:
    values = {"database_url": f"sqlite:///{folder / 'jalon.db'}", "var_dir": str(folder), "secret_key": "t" * 40}
    return Settings(**{**values, "second_factor": False, **others})


@dataclass(frozen=True, slots=True)
class Running:
    """A server at work."""

    url: str
    wiring: Wiring


@contextmanager
def serving(template: Path, folder: Path, **settings: Any) -> Iterator[Running]:
    """Serve a copy of the prepared database, on a port of its own, until the end of the block."""
    shutil.copytree(template, folder)
    wiring = build(_settings(folder, **settings))
    listener = make_server("127.0.0.1", 0, create_app(wiring), threaded=True)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    yield Running(f"http://127.0.0.1:{listener.server_port}", wiring)
    listener.shutdown()
    thread.join(timeout=5)
    listener.server_close()
    wiring.database.close()


@pytest.fixture
def server(demo_template: Path, tmp_path: Path) -> Iterator[Running]:
    """A server of this test's own, on a copy of the prepared database; `.url` and `.wiring`."""
    with serving(demo_template, tmp_path / "var") as running:
        yield running


@pytest.fixture(scope="session")
def gallery(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Scene]]:
    """A server shared by the tests that only look, with runs under way and links sent."""
    with serving(demo_template, tmp_path_factory.mktemp("gallery") / "var") as running:
        yield running, prepare(running.wiring)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the system's, else Playwright's own."""
    with sync_playwright() as playwright:
        launched = launch(playwright)
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
        page.set_default_timeout(30_000)
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


def axe_violations(page: Page | Frame) -> list[str]:
    """Return what axe finds wrong on the page once it is all there, one line each."""
    page.wait_for_load_state()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "(options) => axe.run(document, options)", {"runOnly": {"type": "tag", "values": AXE_TAGS}, "rules": AXE_RULES}
    )
    return [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]]


def sideways_scroll(page: Page | Frame) -> int:
    """Return how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
