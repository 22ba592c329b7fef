"""What leaves the product as a table, and the problems people report.

forms_answered(session, actor, since=..., until=...) -> [FormAnswered]
answers_csv(session, actor, form_key, since=..., until=...) -> text           # CSV with `;`, safe cells
report_problem(session, page=..., request_id=..., text=..., now=...) -> code to quote
problems(session, actor) -> [ProblemReport]
"""

from jalon.services.reporting.answers import (
    FormAnswered,
    TooMuchExported,
    TooMuchToExport,
    answers_csv,
    forms_answered,
)
from jalon.services.reporting.problems import NothingSaid, TooManyReports, problems, report_problem

__all__ = [
    "FormAnswered",
    "NothingSaid",
    "TooManyReports",
    "TooMuchExported",
    "TooMuchToExport",
    "answers_csv",
    "forms_answered",
    "problems",
    "report_problem",
]
