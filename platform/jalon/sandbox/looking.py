"""Looking at runs: state, trace, messages, decisions, and what is deployed."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any
from uuid import UUID

from jalon.base.clock import instant_text
from jalon.runtime.answers import Acted, Passed, Run, RunState, SentMessage, Taken
from jalon.runtime.looking import Waiting, waiting_of
from jalon.runtime.protocol import InstanceRecord
from jalon.sandbox.arguments import guarded
from jalon.sandbox.workshop import Workshop

MAX_ENDS = 1000


class Looking(Workshop):
    """What can be seen of runs."""

    @guarded
    def state(self, run: str | Run) -> RunState:
        """Return where a run is."""
        record = self._record(run)
        family = self._family(record.id)
        incidents = [one for one in self._store.open_incidents(root=record.root) if one.instance in family]
        ended = [event.element for event in self._events(record, "ended")]
        status = "incident" if incidents and record.ended_at is None else record.status
        waiting = [one for number in family for one in self._waiting(number)]
        return RunState(
            status,
            {
                name: deepcopy(value)
                for name, value in record.variables.get("0", {}).items()
                if not name.startswith("#")
            },
            ended[-MAX_ENDS:],
            waiting,
            [(one.element, one.code, one.message) for one in incidents],
        )

    def _waiting(self, number: UUID) -> list[Waiting]:
        record = self._store.get_instance(number)
        if record is None or record.ended_at is not None:
            return []
        program = self._deployed.library.program(record.process_key, record.process_hash)
        return waiting_of(program, record)

    def _events(self, record: InstanceRecord, kind: str) -> list[Any]:
        family = self._family(record.id)
        return [event for event in self._store.events(root=record.root, kind=kind) if event.instance in family]

    @guarded
    def trace(self, run: str | Run) -> list[str]:
        """Return each completed node, once per execution, in order."""
        return [event.element for event in self._events(self._record(run), "passed")]

    @guarded
    def passed(self, run: str | Run) -> list[Passed]:
        """Return each completed node with its process and its instant, in the order of `trace`."""
        record = self._record(run)
        keys = {one.id: one.process_key for one in self._store.all_instances()}
        events = self._events(record, "passed")
        return [Passed(keys[event.instance], event.element, instant_text(event.at)) for event in events]

    @guarded
    def runs(self) -> list[Run]:
        """Return the runs that no other called, oldest first: those started here, and those messages started."""
        return [Run(str(one.id), one.process_key) for one in self._store.all_instances() if one.parent is None]

    @guarded
    def process_of(self, run: str | Run) -> str:
        """Return the key of the process of a run, called ones included."""
        return self._record(run).process_key

    @guarded
    def acted(self, run: str | Run) -> list[Acted]:
        """Return the actions the service tasks of a run would have asked for, in order."""
        family = self._family(self._record(run).id)
        return [acted for actor, acted in self._acted if actor in family]

    @guarded
    def decided(self, run: str | Run) -> list[Taken]:
        """Return the decisions a run took, in order, each with its reasons."""
        family = self._family(self._record(run).id)
        return [taken for taker, taken in self._taken if taker in family]

    @guarded
    def form(self, key: str | None) -> tuple[Mapping[str, Any], Mapping[str, Any] | None] | None:
        """Return the schema and the layout deployed under a key, None when there is no such form."""
        return self._deployed.forms.get(key or "")

    @property
    def lists(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The values of each deployed list, by key."""
        return self._deployed.lists

    @guarded
    def sent(self, run: str | Run) -> list[SentMessage]:
        """Return the messages a run sent."""
        family = self._family(self._record(run).id)
        return [message for sender, message in self._sent if sender in family]
