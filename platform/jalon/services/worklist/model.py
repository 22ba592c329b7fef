"""What the worklist hands over: rows of a list, a task ready to be filled, what completing it did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.engines.forms import Form
from jalon.services.forms import Prefill
from jalon.store.dossiers import Dossier
from jalon.store.processes import Instance
from jalon.store.worklist import Draft, Task


class TaskTaken(JalonError):
    """Somebody else holds this task."""

    code, message, status = "tache.prise", fr("{who} s’occupe déjà de cette tâche. Reprenez-la si besoin."), 409


class TaskClosed(JalonError):
    """The process closed the task before anybody answered."""

    code = "tache.fermee"
    message = fr("Cette tâche n’est plus à faire : le parcours a continué sans elle. Votre saisie reste en brouillon.")
    status = 409


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list of tasks: `dossier_name` and `dossier_id` are those of the principal case file."""

    task: Task
    process_title: str
    dossier_id: UUID | None
    dossier_name: str
    unit_title: str
    late: bool
    draft: bool
    away_until: date | None = None  # the last day of the absence of whoever has the task
    link: str = ""  # sent | opened | started | declined | done: where the outside person is


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows; `cursor` asks for the next one, empty at the end."""

    rows: tuple[Row, ...]
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class DraftInfo:
    """Who left answers under way, when, and at which question."""

    author: str
    saved_at: datetime
    at_question: str
    version: int
    mine: bool


@dataclass(frozen=True, slots=True)
class MyDay:
    """What a person's home shows."""

    due_today: tuple[Row, ...]
    late: tuple[Row, ...]
    drafts: tuple[Row, ...]
    to_do: tuple[Row, ...]
    alerts: tuple[Row, ...]  # answers that came back, links declined or expired
    incidents: int
    dossiers: tuple[tuple[Dossier, bool], ...]  # recent and pinned case files, with their pin


@dataclass(frozen=True, slots=True)
class RunningWork:
    """Work in progress that a change touches: tasks not yet opened, tasks opened, drafts of answers, instances."""

    unopened: int = 0
    opened: int = 0
    drafts: int = 0
    instances: int = 0


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """A correction as people read it.

    `changes` are (label, before, after); `left` the labels of values that somebody had changed since in the case
    file, kept as they are; `to_take_again` the names of decisions that read what was corrected.
    """

    who: str
    at: datetime
    reason: str
    changes: tuple[tuple[str, str, str], ...]
    left: tuple[str, ...]
    to_take_again: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a correction did: the uids that changed, the labels left alone in case files, the decisions outdated."""

    task_id: UUID
    changed: tuple[str, ...]
    left: tuple[str, ...]
    to_take_again: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskPage:
    """A task ready to be shown; built without writing anything.

    `data` are the answers to show: the draft over prefilled values; `typed` the texts of the draft that could not be
    read, by JSON pointer. `prefilled` is keyed by question uid.
    `facts` and `lists` go to the renderer and to the check. `seen_version` is posted back so that a
    value changed by somebody else is never overwritten in silence.
    """

    task: Task
    instance: Instance
    process_title: str
    unit_title: str
    form: Form | None
    form_hash: str
    lists: Mapping[str, Sequence[Mapping[str, Any]]]
    data: dict[str, Any]
    typed: Mapping[str, str]
    prefilled: Mapping[str, Prefill]
    facts: Mapping[str, Any]
    dossier: Dossier | None
    dossier_summary: tuple[tuple[str, str], ...]
    draft: DraftInfo | None
    seen_version: int | None
    closed_by: str = ""
    can_complete: bool = True
    can_correct: bool = False
    form_kept: bool = False  # the form changed since in a way that this task does not follow
    form_moved: bool = False  # the form changed since its first opening, and this task follows
    others: tuple[tuple[str, str], ...] = ()  # (name, text) of answers the form no longer asks
    now: datetime | None = None  # when the page was built: what its formulas take as the present day


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """A step that stopped after the completion: the answers are kept all the same."""

    id: UUID
    element: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Completed:
    """What completing a task did; `already` when the same submission had done it before."""

    task_id: UUID
    instance_id: UUID
    next_tasks: tuple[Task, ...] = ()  # those of this actor only
    incidents: tuple[OpenIncident, ...] = ()
    finished: bool = False
    already: bool = False
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Saved:
    """An autosave: what to send with the next one, and the time to show."""

    version: int
    saved_at: datetime
    taken_over_from: str = ""


def draft_info(draft: Draft | None, person: UUID | None) -> DraftInfo | None:
    """Tell who left a draft."""
    if draft is None:
        return None
    mine = person is not None and draft.author_id == person
    return DraftInfo(draft.author_name, draft.saved_at, draft.at_question, draft.version, mine)
