"""Addresses of scripts and styles: names carry a hash of the content, so browsers keep them for ever."""

import json
from functools import cache

from flask import url_for

from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.base.resources import resource_folder


class AssetsMissing(JalonError):
    """The front-end was not built."""

    code = "fichiers.absents"
    message = fr("Les fichiers de l’interface ne sont pas construits : lancez « pip install -e . » puis recommencez.")


@cache
def manifest() -> dict[str, str]:
    """Return logical name -> file name, as the build wrote it."""
    path = resource_folder("static") / "manifest.json"
    if not path.exists():
        raise AssetsMissing
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names


def asset(name: str) -> str:
    """Return the address of `app.css` or `app.js`."""
    return url_for("static", filename=manifest()[name])
