"""A browser without a script: follows links and sends forms as the page wrote them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

from jalon.doors.cli.setup import DEMO_PASSWORD

Pairs = list[tuple[str, str]]


class Browser:
    """One person's browser: cookies, the page at hand, its forms."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.url = "/"
        self.response: TestResponse | None = None
        self.page: Any = None

    @property
    def status(self) -> int:
        """The status of the page at hand."""
        assert self.response is not None
        return self.response.status_code

    @property
    def title(self) -> str:
        """Its first heading."""
        return _words(self.page.find(".//h1"))

    @property
    def text(self) -> str:
        """Everything written on it."""
        return _words(self.page.find("body"))

    @property
    def inner(self) -> Any:
        """What the window inside the page shows."""
        return html.fromstring(self.page.xpath("//iframe/@srcdoc")[0], base_url=self.url)

    def get(self, address: str, **options: Any) -> "Browser":
        """Go to an address, redirections followed."""
        return self._arrived(self.client.get(urljoin(self.url, address), **options))

    def post(self, address: str, pairs: Iterable[tuple[str, str]] | Mapping[str, str], **options: Any) -> "Browser":
        """Post to an address, redirections followed."""
        return self._arrived(self.client.post(urljoin(self.url, address), data=_multi(pairs), **options))

    def open(self, address: str, *, method: str, **options: Any) -> "Browser":
        """Ask for an address by any method, redirections followed."""
        return self._arrived(self.client.open(urljoin(self.url, address), method=method.upper(), **options))

    def click(self, label: str) -> "Browser":
        """Follow the first link that says this."""
        links = [a for a in self.page.iter("a") if label in _words(a)]
        assert links, f"no link « {label} » on {self.url}: {self.text[:300]}"
        return self.get(links[0].get("href"))

    def form(self, action: str = "", *, having: str = "") -> Any:
        """Return the form whose address ends with `action`, or that has a field or button of that name."""
        for form in self.page.forms:
            names = {field.get("name") for field in form.iter("input", "select", "textarea", "button")}
            if (form.get("method") or "get").lower() == "post" and having and having in names:
                return form
            if not having and action and urlsplit(form.get("action") or self.url).path.endswith(action):
                return form
        raise AssertionError(f"no form {action or having} on {self.url}: {self.text[:300]}")

    def pairs(self, form: Any, changes: Mapping[str, Any] | None = None, button: str = "") -> Pairs:
        """Return what the browser would post for a form, some fields typed over; None leaves a field out."""
        changes = {self.named(name, form): value for name, value in (changes or {}).items()}
        posted = [(name, value) for name, value in _successful(form) if name not in changes]
        for name, value in changes.items():
            values = value if isinstance(value, list) else [] if value is None else [value]
            posted += [(name, one) for one in values]
        if button:
            name, _, value = button.partition("=")
            posted.append((name, value))
        return posted

    def send(self, form: Any, changes: Mapping[str, Any] | None = None, button: str = "") -> "Browser":
        """Send a form."""
        return self.post(form.get("action") or self.url, self.pairs(form, changes, button))

    def send_get(self, form: Any, changes: Mapping[str, Any]) -> "Browser":
        """Send a form that asks, such as a search."""
        return self.get(form.get("action") or self.url, query_string=_multi(self.pairs(form, changes)))

    def named(self, label: str, form: Any = None) -> str:
        """Return the name of the field of that label in a form; a name is returned as it is."""
        form = self.page if form is None else form
        if form.xpath(".//*[@name=$name]", name=label):
            return label
        for legend in form.iter("legend"):
            if _words(legend).startswith(label):
                found = legend.getparent().xpath(".//input[@type='radio' or @type='checkbox']/@name")
                if found:
                    return str(found[0])
        for one in form.iter("label"):
            if _words(one).startswith(label) and one.get("for"):
                (target,) = self.page.xpath("//*[@id=$id]", id=one.get("for"))
                return str(target.get("name"))
        raise AssertionError(f"no field « {label} » on {self.url}: {self.text[:300]}")

    def shown(self, label: str) -> str:
        """Return what the field of that label shows."""
        wanted = self.named(label)
        return ", ".join(value for form in self.page.forms for name, value in _successful(form) if name == wanted)

    def sign_in(self, login: str, password: str = DEMO_PASSWORD) -> "Browser":
        """Sign in as somebody."""
        self.get("/connexion")
        return self.send(self.form(having="password"), {"login": login, "password": password})

    def csrf(self) -> str:
        """Return the token of the page at hand."""
        return str(self.page.xpath("//input[@name='csrf_token']/@value")[0])

    def links(self) -> set[str]:
        """Return the addresses inside the application that this page leads to."""
        found = (urlsplit(urljoin(self.url, a.get("href"))) for a in self.page.iter("a") if a.get("href"))
        return {f"{one.path}?{one.query}".rstrip("?") for one in found if one.netloc in {"", "localhost"}}

    def _arrived(self, response: TestResponse) -> "Browser":
        for _ in range(10):
            if response.status_code not in {301, 302, 303}:
                break
            self.url = urljoin(self.url, response.headers["Location"])
            response = self.client.get(self.url)
        else:
            raise AssertionError(f"redirected for ever at {self.url}")
        self.response = response
        self.url = response.request.full_path.rstrip("?")
        if response.mimetype == "text/html":
            self.page = html.document_fromstring(response.get_data(as_text=True))
        return self


def _words(element: Any) -> str:
    return " ".join(element.text_content().split())


def _successful(form: Any) -> Iterator[tuple[str, str]]:
    """Yield the pairs a browser sends for a form left as it is."""
    for field in form.iter("input", "select", "textarea"):
        name, kind = field.get("name"), (field.get("type") or "text").lower()
        if not name or field.get("disabled") is not None or kind in {"submit", "button", "file", "image"}:
            continue
        if field.tag == "select":
            options = list(field.iter("option"))
            chosen = [one for one in options if one.get("selected") is not None]
            if not chosen and field.get("multiple") is None:
                chosen = options[:1]
            yield from ((name, one.get("value", _words(one))) for one in chosen)
        elif field.tag == "textarea":
            yield name, (field.text or "").removeprefix("\n")
        elif kind not in {"radio", "checkbox"}:
            yield name, field.get("value") or ""
        elif field.get("checked") is not None:
            yield name, field.get("value", "on")


def _multi(pairs: Iterable[tuple[str, str]] | Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs.items() if isinstance(pairs, Mapping) else pairs:
        found.setdefault(name, []).append(value)
    return found
