"""Images of runs: kept before an operator touches one, put back when the act is undone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.clock import instant_from, instant_text
from jalon.runtime.protocol import InstanceRecord
from jalon.store import operations as store
from jalon.store import worklist as work
from jalon.store.operations import InstanceImage
from jalon.store.places import place
from jalon.store.processes import Incident, Instance, incidents_of
from jalon.store.worklist import Task

TASK_FIELDS = ("element", "title", "kind", "role", "lane", "form", "form_hash", "why", "token", "priority")
"""What a change of version may change in an open task, besides its instants."""
INSTANTS = ("due_at", "urgent_at", "pinned_at")


def take_image(
    session: Session, run: Instance, cause: str, now: datetime, operation_id: UUID | None = None
) -> InstanceImage:
    """Return a run as it is, to be kept by `keep_image` once the act is done."""
    tasks = [one for one in work.tasks_of_run(session, run.root_id) if one.instance_id == run.id]
    stopped = [one.id for one in incidents_of(session, run.root_id) if one.instance_id == run.id]
    return InstanceImage(
        instance_id=run.id,
        root_id=run.root_id,
        cause=cause,
        operation_id=operation_id,
        version=run.version,
        at=now,
        process_hash=run.process_hash,
        status=run.status,
        state=bytes(run.state),
        variables={scope: dict(values) for scope, values in run.variables.items()},
        tasks=[_told(task) for task in tasks if task.state == "ready"],
        incidents=[str(one) for one in stopped],
    )


def keep_images(session: Session, images: Sequence[InstanceImage]) -> None:
    """Keep the images of runs an act changed: each notes the version it would be put back from."""
    for image in images:
        run = session.get_one(Instance, image.instance_id)
        if run.ended_at is None and run.version != image.version:
            image.version = run.version
            store.keep_image(session, image)


def keep_last_images(session: Session, images: Sequence[InstanceImage]) -> None:
    """Keep what runs were before they were cancelled, as the only image of each."""
    for image in images:
        run = session.get_one(Instance, image.instance_id)
        if run.ended_at is not None:
            image.version = run.version
            store.keep_image(session, image)


def as_record(session: Session, run: Instance, image: InstanceImage) -> InstanceRecord:
    """Return a run as an image of it says, for the runtime to put back."""
    return InstanceRecord(
        id=run.id,
        process_key=run.process_key,
        process_hash=image.process_hash,
        unit=place(session, run.unit_id).code,
        business_key=run.business_key,
        status=image.status,  # type: ignore[arg-type]  # written from a record: one of the four states
        state=image.state,
        variables=image.variables,
        root=run.root_id,
        started_at=run.started_at,
        conversation=run.conversation,
        version=image.version,
    )


def put_tasks_back(session: Session, image: InstanceImage, now: datetime, by: str) -> None:
    """Give the open tasks of a run what they were; those opened since are no longer to be done."""
    known = {UUID(told["id"]): told for told in image.tasks}
    for task in work.tasks_of_run(session, image.root_id):
        if task.instance_id != image.instance_id:
            continue
        if task.id in known:
            _give_back(task, known[task.id])
        elif task.state == "ready":
            task.state, task.closed_at, task.closed_by = "cancelled", now, by


def put_incidents_back(session: Session, image: InstanceImage, now: datetime) -> None:
    """Open again the incidents a run had, and close those raised since."""
    had = {UUID(one) for one in image.incidents}
    for one in incidents_of(session, image.root_id):
        if one.instance_id == image.instance_id and one.id not in had:
            one.closed_at, one.resolution = now, "cancelled"
    for known in (session.get(Incident, one) for one in had):
        if known is not None:
            known.closed_at, known.resolution = None, None


def _told(task: Task) -> dict[str, Any]:
    told: dict[str, Any] = {"id": str(task.id)} | {name: getattr(task, name) for name in TASK_FIELDS}
    return told | {name: instant_text(at) if (at := getattr(task, name)) else None for name in INSTANTS}


def _give_back(task: Task, told: dict[str, Any]) -> None:
    for name in TASK_FIELDS:
        setattr(task, name, told[name])
    for name in INSTANTS:
        setattr(task, name, instant_from(told[name]) if told[name] else None)
    task.state, task.closed_at, task.closed_by = "ready", None, None
