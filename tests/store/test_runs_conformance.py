"""The conformance suite of the runtime, over SQL, with the very same result as over dictionaries."""

from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from factories.units import make_unit
from jalon.runtime.memory import MemoryStore
from jalon.runtime.protocol import InstanceRecord
from jalon.store.runs import SqlRunStore
from runtime.conformance import MODELS, Model, run_model


class Reloading(SqlRunStore):
    """A store that forgets what it read before each load, so that only what was written counts."""

    def get_instance(self, instance: UUID) -> InstanceRecord | None:
        self._session.flush()
        self._session.expire_all()
        return super().get_instance(instance)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_model_gives_the_same_over_sql(session: Session, model: Model):
    make_unit(session, "u")
    assert run_model(lambda: Reloading(session), model) == run_model(MemoryStore, model)
    session.flush()
