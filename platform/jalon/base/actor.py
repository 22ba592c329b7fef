"""Who acts: a person, a link holder or the system, with what they may do and where."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Grant:
    """One role held at one unit, with the permissions it gives and the units it reaches.

    `reach` is computed once, when the actor is built: the unit alone, or the unit and those below.
    """

    role: str
    unit: UUID
    permissions: frozenset[str]
    reach: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at work, as the access service saw them when the request began."""

    id: UUID | None
    name: str
    kind: str = "person"  # person | link | system
    grants: tuple[Grant, ...] = ()
    roles: frozenset[str] = field(default_factory=frozenset)
    replaces: frozenset[UUID] = frozenset()  # colleagues away, whose tasks this person does meanwhile

    def units_for(self, permission: str) -> frozenset[UUID]:
        """Return the units where this actor holds a permission."""
        reaches = [grant.reach for grant in self.grants if permission in grant.permissions]
        return frozenset().union(*reaches)

    def may(self, permission: str, unit: UUID) -> bool:
        """Tell whether this actor holds a permission at a unit."""
        return unit in self.units_for(permission)

    def roles_at(self, unit: UUID) -> Collection[str]:
        """Return the roles whose reach includes a unit."""
        return {grant.role for grant in self.grants if unit in grant.reach}


SYSTEM = Actor(id=None, name="Système", kind="system")
"""The product itself: timers, jobs, migrations. The access service lets it pass."""
