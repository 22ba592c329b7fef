"""Whatever the administrator builds stays accessible: random forms, every kind of question in each, in the browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from playwright.sync_api import Browser, Page

from browser.conftest import PHONE, ROOT, axe_violations
from engines.forms.administered import LISTS, administered
from jalon.engines.forms import compile_form, lint
from jalon.ui.assets import manifest
from jalon.ui.forms import render

pytestmark = [pytest.mark.browser, pytest.mark.req("X9", "X1", "X6")]
PAGE = """<!doctype html><html lang="fr" data-bs-theme="light"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Essai</title>
<link rel="stylesheet" href="/{css}"><script src="/{js}" defer></script></head>
<body><main><div class="sheet"><h1>Essai</h1><form novalidate>{fields}<button class="btn btn-primary">Valider</button>
</form></div></main></body></html>"""
QUICK = settings(
    deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """A window of a phone's width, that finds scripts and styles without a server."""
    context = browser.new_context(viewport=PHONE, locale="fr-FR")
    page = context.new_page()
    built = ROOT / "frontend/dist"
    page.route("http://essai.test/*", lambda route: route.fulfill(path=built / route.request.url.rsplit("/")[-1]))
    yield page
    context.close()


def check(page: Page, case: tuple[Any, ...]) -> None:
    """Draw a form and look at it with axe; publication would have accepted it."""
    schema, ui, answers, errors = case
    assert [one.message for one in lint(schema, ui) if one.severity == "error"] == []
    fields = render(compile_form(schema, ui), answers, errors, lists=LISTS)
    html = PAGE.format(css=manifest()["app.css"], js=manifest()["app.js"], fields=fields)
    page.route("http://essai.test/", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto("http://essai.test/")
    assert axe_violations(page) == []


@settings(QUICK, max_examples=5)
@given(case=administered())
def test_a_form_of_every_kind_of_question_has_no_violation(window: Page, case: tuple[Any, ...]) -> None:
    check(window, case)


@pytest.mark.drill
@settings(QUICK, max_examples=100, derandomize=False)
@given(case=administered())
def test_a_hundred_forms_have_no_violation(window: Page, case: tuple[Any, ...]) -> None:
    check(window, case)
