"""Problems reported: a code to quote, what was typed, nothing about who."""

import re
import sys
from datetime import timedelta

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from factories.people import actor_with
from factories.processes import NOW
from jalon.base.errors import Forbidden
from jalon.services import reporting
from jalon.services.reporting import NothingSaid, TooManyReports, report_problem
from jalon.store.problems import ProblemReport


def report(session: Session, text: str = "Le bouton ne répond pas", **given) -> str:
    facts = {"page": "filling.fill", "request_id": "a1b2c3d4e5f6", "now": NOW}
    return reporting.report_problem(session, text=text, **(facts | given))


def test_a_report_keeps_what_was_typed_and_where_and_nobody(session):
    code = report(session, "  Le bouton ne répond pas\n")
    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}", code)
    (kept,) = reporting.problems(session, actor_with("incident.voir"))
    assert (kept.code, kept.text, kept.page, kept.request_id) == (
        code,
        "Le bouton ne répond pas",
        "filling.fill",
        "a1b2c3d4e5f6",
    )
    columns = {column.key for column in inspect(ProblemReport).columns}
    assert columns == {"id", "code", "at", "page", "request_id", "text"}
    with pytest.raises(Forbidden):
        reporting.problems(session, actor_with("tache.voir"))


def test_nothing_said_is_refused_and_what_is_not_ours_is_dropped(session):
    with pytest.raises(NothingSaid):
        report(session, "   ")
    report(session, "x" * 5_000, page="/dossiers/martin", request_id="<script>")
    (kept,) = reporting.problems(session, actor_with("incident.voir"))
    assert (kept.page, kept.request_id, len(kept.text)) == ("", "", 2_000)


def test_a_flood_is_stopped(session, monkeypatch):
    monkeypatch.setattr(sys.modules[report_problem.__module__], "MOST_AN_HOUR", 2)
    report(session)
    report(session)
    with pytest.raises(TooManyReports):
        report(session)
    report(session, now=NOW + timedelta(hours=2))
