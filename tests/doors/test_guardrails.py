"""Guard rails of every door: what no page may forget, checked on every route there is."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pkgutil import walk_packages
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from werkzeug.routing import Rule

import jalon
import jalon_admin
from conftest import import_tables
from doors.conftest import both
from factories.journeys import ROOT, person, walk_to
from fakes.browser import Browser
from jalon import app as application
from jalon.base.errors import JalonError
from jalon.services.access import PERMISSIONS
from jalon.store.base import Table
from jalon.store.people import Person
from jalon.store.processes import InstanceDossier
from jalon.store.wiring import Wiring
from jalon.ui.permissions import BY_LINK, PUBLIC, SIGNED_IN, declared_access
from jalon.ui.request import transaction
from jalon.ui.shell import HEADERS

Open = Callable[..., Browser]

JOURNALS = {
    "access_log": "who read what",
    "login_attempt": "tries at the door",
    "person_session.seen_at": "when a session was last used",
    "dossier_visit": "case files opened lately",
    "task_link.opened_at": "when a link was first opened",
}
"""What a GET may write, each in a short transaction of its own."""

ONE_PER_ROLE = (
    "accueil.toulouse",
    "conseiller.toulouse",
    "admin.toulouse",
    "admin.national",
    "operateur.dsi",
    "dpd.national",
)


LOOKERS = ("conseiller.toulouse", "admin.toulouse", "admin.national")


def routes(app: Flask) -> list[tuple[Rule, str]]:
    """Return every (rule, method) of the application."""
    unsafe = {"GET", "POST", "PUT", "PATCH", "DELETE"}
    return [(rule, method) for rule in app.url_map.iter_rules() for method in sorted((rule.methods or set()) & unsafe)]


def address(app: Flask, rule: Rule, known: dict[str, Any] | None = None) -> str:
    """Return an address of a rule: arguments nobody knows are well formed and lead nowhere."""
    known = known or {}
    values: dict[str, Any] = {}
    for name in rule.arguments:
        converter = type(rule._converters[name]).__name__
        filler: Any = {"UUIDConverter": uuid4(), "IntegerConverter": 1, "PathConverter": "rien/du/tout"}.get(converter)
        values[name] = known.get(name, "rien" if filler is None else filler)
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values, force_external=False))


@pytest.mark.req("S1")
def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    declared = {rule.endpoint: declared_access(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    silent = {endpoint for endpoint, access in declared.items() if access is None}
    assert silent == set()
    assert set(declared.values()) <= {PUBLIC, SIGNED_IN, BY_LINK, *PERMISSIONS}
    assert len(declared) >= 25


@pytest.mark.req("S1")
def test_every_route_by_every_method_answers_by_its_declaration(app: Flask, browser: Open, wiring: Wiring) -> None:
    anonymous = browser()
    anonymous.get("/connexion")
    persons = {login: browser(login) for login in ONE_PER_ROLE}
    held = {login: permissions_of(wiring, login) for login in ONE_PER_ROLE}
    wrong = []
    for rule, method in sorted(routes(app), key=lambda one: one[0].endpoint == "identity.sign_out"):
        access = declared_access(app, rule.endpoint)
        for name, page in {"": anonymous, **persons}.items():
            csrf = page.csrf() if page.page.xpath("//input[@name='csrf_token']") else ""
            found = page.client.open(address(app, rule), method=method, data={"csrf_token": csrf})
            place = found.headers.get("Location", "")
            refused_here = found.status_code == 403
            if access in {PUBLIC, BY_LINK}:
                good = found.status_code < 500
            elif not name:
                good = found.status_code == 303 and place.startswith("/connexion")
            elif access != SIGNED_IN and access not in held[name]:
                good = refused_here
            else:
                good = found.status_code < 500 and not place.startswith("/connexion")
            if not good:
                wrong.append((rule.rule, method, name or "anonymous", access, found.status_code, place))
    assert wrong == []


@pytest.mark.req("S5")
def test_no_unsafe_request_passes_without_its_token(app: Flask, browser: Open) -> None:
    page = browser("conseiller.toulouse")
    passed = [
        (rule.rule, method, given)
        for rule, method in routes(app)
        if method != "GET"
        for given in ({}, {"csrf_token": "inventé"})
        if page.client.open(address(app, rule), method=method, data=given).status_code not in {400, 403}
    ]
    assert passed == []


@both
@pytest.mark.req("S5")
def test_looking_at_pages_writes_nothing_but_journals(app: Flask, browser: Open, wiring: Wiring) -> None:
    task = walk_to(wiring, "explorer_personnel")
    with wiring.database.transaction() as session:
        dossier = session.query(InstanceDossier).filter(InstanceDossier.instance_id == task.root_id).one().dossier_id
    known = {"task_id": task.id, "instance_id": task.root_id, "dossier_id": dossier}
    persons = [browser(login) for login in ("", *LOOKERS)]
    before = fingerprints(wiring)
    seen = 0
    with writes(wiring) as written:
        for page in persons:
            start = [address(app, rule, known) for rule, method in routes(app) if method == "GET"]
            seen += walk(page, start, len(start) + 20)
    assert seen > 100
    assert {where for where in written if not _journal(where)} == set()
    after = fingerprints(wiring)
    assert {name for name in before if before[name] != after[name]} <= {one.partition(".")[0] for one in JOURNALS}


def walk(page: Browser, start: Iterable[str], limit: int) -> int:
    """Follow every link from these addresses; no page may fail."""
    waiting, known = list(start), set(start)
    for count in range(limit):
        if not waiting:
            return count
        page.get(waiting.pop(0))
        assert page.status < 500, f"{page.status} at {page.url}"
        if page.response is not None and page.response.mimetype == "text/html":
            fresh = {link for link in page.links() if not link.startswith("/static")} - known
            known |= fresh
            waiting += sorted(fresh)
    return limit


@contextmanager
def writes(wiring: Wiring) -> Iterator[list[str]]:
    """Collect the table (and column, when only one changes) of everything written meanwhile."""
    found: list[str] = []

    def note(_c: Connection, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
        words = statement.replace('"', "").split()
        verb = words[0].upper()
        if verb == "INSERT" or verb == "DELETE":
            found.append(words[2].strip("("))
        elif verb == "UPDATE":
            assigned = " ".join(words[3:]).split(" WHERE ")[0].split(",")
            found.append(f"{words[1]}.{assigned[0].split('=')[0].strip()}" if len(assigned) == 1 else words[1])

    event.listen(wiring.database.engine, "before_cursor_execute", note)
    yield found
    event.remove(wiring.database.engine, "before_cursor_execute", note)


def fingerprints(wiring: Wiring) -> dict[str, str]:
    """Return a hash of every table's rows."""
    import_tables()
    with wiring.database.engine.connect() as connection:
        return {
            table.name: hashlib.sha256(
                "\n".join(sorted(repr(tuple(row)) for row in connection.execute(table.select()))).encode()
            ).hexdigest()
            for table in Table.metadata.sorted_tables
        }


def _journal(where: str) -> bool:
    return where in JOURNALS or where.partition(".")[0] in JOURNALS


def permissions_of(wiring: Wiring, login: str) -> frozenset[str]:
    """Return every permission a persona holds somewhere."""
    with wiring.database.transaction() as session:
        return frozenset().union(*(grant.permissions for grant in person(session, login).grants))


class TestTransactions:
    """What a request wrote is committed whole, or refused whole: never left behind."""

    def test_a_page_that_forgets_to_commit_is_noticed(self, app: Flask, wiring: Wiring) -> None:
        def forgetful() -> str:
            session = wiring.database.session()
            session.add(InstanceDossier(instance_id=uuid4(), role="x", dossier_id=uuid4()))
            with suppress(IntegrityError):
                session.flush()
            session.rollback()
            return "fait"

        forgetful.jalon_access = PUBLIC  # type: ignore[attr-defined]  # functions carry attributes
        app.add_url_rule("/oubli", "oubli", forgetful)
        assert app.test_client().get("/oubli").status_code == 200
        assert [statement.split()[:3] for _, statement in app.extensions["left behind"]] == [
            ["INSERT", "INTO", "instance_dossier"]
        ]
        app.extensions["left behind"].clear()

    @both
    def test_what_a_post_answers_is_already_there_for_everybody(self, browser: Open, wiring: Wiring) -> None:
        page = browser("accueil.toulouse").click("Démarrer un parcours")
        before = _count(wiring, "instance")
        address = next(a.get("href") for a in page.page.iter("a") if "/parcours/nouveau" in (a.get("href") or ""))
        page.get(address)
        page.send(page.form("/nouveau"), {"Prénom": "Léa", "Nom d’usage": "Martin"}, "action=chercher")
        assert _count(wiring, "instance") == before + 1

    def test_a_refusal_leaves_nothing(self, app: Flask, wiring: Wiring) -> None:
        before = fingerprints(wiring)
        with app.test_request_context(), suppress(JalonError), transaction() as session:
            session.add(Person(login="x", name="x", email="x@x.example", created_at=wiring.clock.now()))
            session.flush()
            raise JalonError
        assert fingerprints(wiring) == before


def _count(wiring: Wiring, table: str) -> int:
    with wiring.database.engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


@pytest.mark.req("S19")
@pytest.mark.parametrize("production", [False, True], ids=["trial", "production"])
def test_every_answer_carries_its_headers_errors_and_files_included(
    wiring: Wiring, production: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = dataclasses.replace(wiring.settings, production=production, second_factor=production)
    app = application.create_app(dataclasses.replace(wiring, settings=settings))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/panne", "panne", _broken)
    client = app.test_client()
    style = json.loads((ROOT / "frontend/dist/manifest.json").read_text())["app.css"]
    statuses = {
        "/connexion": 200,
        "/": 302,
        "/ma-journee": 303,
        "/nulle-part": 404,
        "/deconnexion": 405,
        "/panne": 500,
        f"/static/{style}": 200,
        "/static/absent.css": 404,
        "/healthz": 200,
    }
    for place, status in statuses.items():
        answer = client.get(place, base_url="https://localhost" if production else None)
        answer.close()
        assert (place, answer.status_code) == (place, status)
        missing = [name for name in HEADERS if name not in answer.headers]
        assert (place, missing) == (place, [])
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert ("Strict-Transport-Security" in answer.headers) is production
        cached = "immutable" in answer.headers["Cache-Control"]
        assert cached or "no-store" in answer.headers["Cache-Control"]
    assert client.post("/connexion").status_code == 400


@pytest.mark.req("S19")
def test_cookies_are_kept_from_scripts_and_from_other_sites(wiring: Wiring) -> None:
    for production, name in ((False, "jalon"), (True, "__Host-jalon")):
        settings = dataclasses.replace(wiring.settings, production=production, second_factor=True)
        client = application.create_app(dataclasses.replace(wiring, settings=settings)).test_client()
        scheme = "https" if production else "http"
        (cookie,) = client.get("/connexion", base_url=f"{scheme}://localhost").headers.getlist("Set-Cookie")
        assert cookie.startswith(f"{name}=")
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert ("Secure" in cookie.split("; ")) is production
        assert "Domain" not in cookie


@pytest.mark.req("S18")
def test_an_unexpected_error_tells_a_reference_and_nothing_else(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/panne", "panne", _broken)
    answer = app.test_client().get("/panne")
    assert answer.status_code == 500
    text = answer.get_data(as_text=True)
    assert answer.headers["X-Request-Id"] in text
    assert "secret-de-la-personne" not in text
    assert "Traceback" not in text


def _broken() -> str:
    raise RuntimeError("secret-de-la-personne")


_broken.jalon_access = PUBLIC  # type: ignore[attr-defined]  # functions carry attributes


def errors(kind: type[JalonError] = JalonError) -> Iterator[type[JalonError]]:
    """Yield every refusal of the product."""
    for package in (jalon, jalon_admin):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in module.name:
                import_module(module.name)
    waiting = [kind]
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        if found.__module__.startswith(("jalon.", "jalon_admin.")):
            yield found


def test_every_refusal_has_a_code_of_its_own_and_a_french_sentence() -> None:
    kinds = list(errors())
    assert len(kinds) > 30
    inherited = [kind.__qualname__ for kind in kinds if "code" not in vars(kind)]
    assert inherited == []
    codes = [kind.code for kind in kinds]
    assert sorted({code for code in codes if codes.count(code) > 1}) == []
    assert {kind.status for kind in kinds} <= {400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 502, 503, 504}
    badly_said = [
        (kind.__qualname__, kind.message)
        for kind in kinds
        if not (kind.message[:1].isupper() or kind.message[:1] in "«{")
        or not kind.message.endswith((".", "}", " ?", " !"))
        or "'" in kind.message
        or not kind.__doc__
    ]
    assert badly_said == []


def test_ids_given_in_addresses_are_always_checked_for_form(app: Flask) -> None:
    loose = [
        rule.rule
        for rule in app.url_map.iter_rules()
        for name in rule.arguments
        if name.endswith("_id") and type(rule._converters[name]).__name__ != "UUIDConverter"
    ]
    assert loose == []
