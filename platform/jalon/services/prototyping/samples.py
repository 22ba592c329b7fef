"""Fictitious people to play with: content of the packs, never of the platform."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from jalon.base.errors import JalonError
from jalon.base.json import read_json
from jalon.store import configuration as store
from jalon.store import snapshots

SAMPLES = "samples.json"


@dataclass(frozen=True, slots=True)
class Sample:
    """One fictitious person: `values` by path of the case file (`contact.telephone`) or by uid of a question.

    `rank` tells people apart where they say nothing: each takes another of the answers proposed.
    """

    key: str
    name: str
    about: str
    rank: int
    values: Mapping[str, Any]


def samples(session: Session) -> list[Sample]:
    """Return the people that the published packs carry in `samples.json`, in the order of the packs."""
    found: list[Sample] = []
    for pack in store.packs(session):
        carried = snapshots.content(session, str(pack.manifest.get("carried", ""))) or {}
        content = carried.get("files", {}).get(SAMPLES)
        if content:
            found += _read(base64.b64decode(content), len(found))
    return found


def _read(content: bytes, first: int) -> list[Sample]:
    try:
        people = read_json(content)["people"]
        return [
            Sample(str(one["key"]), str(one["name"]), str(one.get("about", "")), first + rank, dict(one["values"]))
            for rank, one in enumerate(people)
        ]
    except (JalonError, KeyError, TypeError, ValueError):
        return []  # a pack of somebody else's, badly written: the others still serve
