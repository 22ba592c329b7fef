"""How much work in progress uses an artifact: what publishing a change tells beforehand."""

from uuid import UUID

from sqlalchemy.orm import Session

from jalon.services.configuration import form_closure
from jalon.services.worklist.model import RunningWork
from jalon.store import configuration, snapshots
from jalon.store import worklist as store


def count_running(session: Session, kind: str, key: str, unit_ids: frozenset[UUID]) -> RunningWork:
    """Count the open tasks, drafts and runs that use an artifact at these units.

    A form or a list is used by the open tasks that ask it, and by their runs; a process by its runs that are not
    over; anything else by the forms and processes that read it, directly or through one another.
    """
    if kind == "list":
        return _on_list(session, key, unit_ids)
    forms, processes = _readers(session, kind, key)
    tasks = store.open_forms(session, unit_ids, forms=forms, processes=processes)
    runs = {task.root_id for task in tasks}
    runs |= store.running_roots(session, processes, unit_ids)
    return _counted(tasks, runs)


def _on_list(session: Session, key: str, unit_ids: frozenset[UUID]) -> RunningWork:
    """A task opened already uses the list if the form it keeps offers it; the others, if the form in force does."""
    tasks = store.open_forms(session, unit_ids)
    manifests = snapshots.contents(session, {task.form_hash for task in tasks if task.form_hash})
    offered: dict[tuple[str, UUID], bool] = {}
    using = []
    for task in tasks:
        if task.form_hash:
            uses = key in (manifests.get(task.form_hash) or {}).get("lists", {})
        else:
            where = (task.form or "", task.unit_id)
            if where not in offered:
                offered[where] = _offers(session, *where, key)
            uses = offered[where]
        if uses:
            using.append(task)
    return _counted(using, {task.root_id for task in using})


def _counted(tasks: list[store.OpenForm], runs: set[UUID]) -> RunningWork:
    opened = [task for task in tasks if task.form_hash]
    return RunningWork(
        unopened=len(tasks) - len(opened),
        opened=len(opened),
        drafts=sum(task.drafted for task in tasks),
        instances=len(runs),
    )


def _offers(session: Session, form: str, unit_id: UUID, list_key: str) -> bool:
    if configuration.artifact(session, "form", form) is None:
        return False
    return list_key in form_closure(session, form, unit_id).lists


def _readers(session: Session, kind: str, key: str) -> tuple[set[str], set[str]]:
    """Return the forms and the processes that use an artifact, through decisions and parameters too."""
    if kind == "form":
        return {key}, set()
    if kind == "process":
        return set(), {key}
    found: dict[str, set[str]] = {"form": set(), "process": set()}
    waiting = [(kind, name) for name in _names(session, kind, key)]
    seen = set(waiting)
    while waiting:
        for reader in configuration.readers_of(session, *waiting.pop()):
            one = (reader.reader_kind, reader.reader_key)
            if reader.reader_kind in found:
                found[reader.reader_kind].add(reader.reader_key)
            elif one not in seen:
                seen.add(one)
                waiting.append(one)
    return found["form"], found["process"]


def _names(session: Session, kind: str, key: str) -> set[str]:
    """Return what readers call an artifact: a process names a decision, not the file it is in."""
    if kind != "decision":
        return {key}
    models = snapshots.contents(session, configuration.hashes_of_kind(session, kind).get(key, set()))
    return {key} | {str(one.get("id")) for model in models.values() for one in model.get("decisions", ())}
