"""How much work in progress a change touches: what uses the artifact, and what uses its readers."""

from uuid import UUID

from jalon.services.publication import RunningWork
from jalon.store import configuration as store
from jalon.store import running_work
from jalon_admin.sessions import Session


def count_running(session: Session, kind: str, key: str, unit_ids: frozenset[UUID]) -> RunningWork:
    """Count the open tasks, drafts and runs that use an artifact at these units.

    A list is used through the forms that offer it; a parameter or a decision, through the processes that read it.
    """
    readers = store.readers_of(session, kind, key)
    forms = {key} if kind == "form" else {one.reader_key for one in readers if one.reader_kind == "form"}
    processes = {key} if kind == "process" else {one.reader_key for one in readers if one.reader_kind == "process"}
    tasks = running_work.tasks_on_forms(session, forms, unit_ids)
    runs = 0 if kind in ("form", "list") else running_work.open_runs(session, processes, unit_ids)
    return RunningWork(tasks.unopened, tasks.opened, tasks.drafts, runs)
