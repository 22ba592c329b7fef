"""Who may call a view: said above every one of them, checked before any of them runs.

A view that says nothing is refused, and a test reads the declaration of every route.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, g, request

from jalon.base.errors import Forbidden
from jalon.services.access import PERMISSIONS
from jalon.ui.request import current_actor

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "connecte"
BY_LINK = "lien"


def permission(code: str) -> Callable[[View], View]:
    """Let in people who hold this permission somewhere; the service checks the unit concerned."""

    def declare(view: View) -> View:
        view.jalon_access = code  # type: ignore[attr-defined]  # functions carry attributes
        return view

    return declare


def public(view: View) -> View:
    """Let in anybody: sign-in, public pages, health."""
    return permission(PUBLIC)(view)


def signed_in(view: View) -> View:
    """Let in whoever is signed in: pages about oneself."""
    return permission(SIGNED_IN)(view)


def by_link(view: View) -> View:
    """Let in anybody: the view itself checks the link it was given."""
    return permission(BY_LINK)(view)


def declared_access(app: Flask, endpoint: str) -> str | None:
    """Return what a route declares, or None."""
    view = app.view_functions[endpoint]
    return getattr(view, "jalon_access", None) or getattr(getattr(view, "view_class", None), "jalon_access", None)


def enforce() -> None:
    """Refuse the request at hand unless its view's declaration lets the person in."""
    from flask import current_app

    if request.endpoint is None:
        return  # no such address: the 404 page follows
    access = declared_access(current_app, request.endpoint)
    if access in {PUBLIC, BY_LINK}:
        return
    actor = current_actor()
    if access == SIGNED_IN:
        return
    if access is None or not actor.units_for(access):
        raise Forbidden(permission=PERMISSIONS.get(access or "", request.endpoint))


def may(code: str) -> bool:
    """Tell templates whether the person holds a permission somewhere."""
    actor = g.get("actor")
    return actor is not None and bool(actor.units_for(code))
