"""An artifact as one unit has it: what it inherits, what it published, what its draft says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from flask_babel import gettext as _

from jalon.base.actor import Actor
from jalon.base.errors import NotFound
from jalon.engines import layering
from jalon.engines.layering import ROOT, Level, Lock, Op, Resolved, Value
from jalon.engines.layering.fold import ORDER, items_lock, lock_on
from jalon.engines.layering.kinds import Adapter, adapter
from jalon.engines.layering.refusals import lock_sentence
from jalon.engines.layering.restricting import may_narrow, only_restricts
from jalon.engines.layering.wording import capital
from jalon.services.access import require
from jalon.services.configuration import levels
from jalon.services.configuration.draftviews import Draft, standpoint, view
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.store.configuration import Artifact
from jalon.store.organisations import Unit
from jalon_admin.sessions import Session


@dataclass(frozen=True, slots=True)
class Standing:
    """How one property stands at a unit: `state` is inherited, changed, added or locked.

    `words` is the state in French, `why` the sentence that explains a lock. `mine` tells that the unit has a change
    of its own there, which can be taken back; `drafted` that this change is not published yet.
    """

    state: str
    words: str
    why: str
    inherited: Value
    mine: bool
    drafted: bool
    editable: bool
    narrow: bool


@dataclass(frozen=True)
class Situation:
    """Everything the pages about one artifact at one unit start from."""

    actor: Actor
    unit: Unit
    artifact: Artifact
    day: date
    parent: Resolved
    published: Resolved
    now: Resolved
    ops: tuple[Op, ...]
    draft: Draft | None
    titles: Mapping[str, str]
    line: Sequence[Unit]
    aside: frozenset[str]

    @property
    def kind(self) -> str:
        """The kind of the artifact."""
        return self.artifact.kind

    @property
    def title(self) -> str:
        """The name people know the artifact by."""
        own = self.now.atoms.value(ROOT, "title")
        return own if isinstance(own, str) and own else title_of(self.artifact)

    @property
    def address(self) -> dict[str, str]:
        """The arguments of every address about it."""
        return {"unit": self.unit.code, "kind": self.kind, "key": self.artifact.key}

    @cached_property
    def adapter(self) -> Adapter:
        """What this kind of artifact is made of."""
        return adapter(self.kind)

    @property
    def may_change(self) -> bool:
        """Tell whether the person may change the configuration of the unit."""
        return self.actor.may("configuration.modifier", self.unit.id)

    @property
    def may_lock(self) -> bool:
        """Tell whether the person may lock what the levels below have."""
        return self.may_change and self.actor.may("configuration.verrouiller", self.unit.id)

    @cached_property
    def changed(self) -> frozenset[tuple[str, str]]:
        """The atoms this unit changes itself."""
        code = self.unit.code
        return frozenset(
            atom for atom, steps in self.now.provenance.items() if any(step.unit == code for step in steps)
        )

    @cached_property
    def changed_uids(self) -> frozenset[str]:
        """The items this unit changes or adds."""
        return frozenset(uid for uid, _prop in self.changed)

    @cached_property
    def drafted(self) -> frozenset[tuple[str, str]]:
        """The atoms the draft changes."""
        return frozenset((one.uid, one.prop) for one in self.draft.differences) if self.draft else frozenset()

    @cached_property
    def drafted_uids(self) -> frozenset[str]:
        """The items the draft changes."""
        return frozenset(uid for uid, _prop in self.drafted)

    def label(self, uid: str) -> str:
        """Return the name people know an item by."""
        if uid == ROOT:
            return self.title
        item = self.now.atoms.items.get(uid) or self.parent.atoms.items.get(uid) or {}
        if self.kind == "decision" and self.adapter.noun_of(uid, item)[0] == "règle":
            return str(item.get("note") or _("Règle sans intitulé"))
        return self.adapter.label(uid, item)

    def added_here(self, uid: str) -> bool:
        """Tell whether this unit added the item."""
        return self.now.owners.get(uid) == self.unit.code

    def lock_of(self, uid: str, prop: str) -> Lock | None:
        """Return the lock of a level above on a property."""
        return lock_on(self.parent, uid, prop, self.adapter.closing)

    def may_narrow(self, uid: str, prop: str) -> bool:
        """Tell whether a property is of those that a level may narrow without widening."""
        return prop != ORDER and (prop == "" or may_narrow(self.adapter, uid, prop))

    def container_lock(self, container: str, item: Mapping[str, object] | None = None) -> Lock | None:
        """Return the lock that forbids adding to a container."""
        return items_lock(self.parent, container, dict(item or {}))

    def own_locks(self, uid: str) -> list[tuple[str, Op]]:
        """Return the locks this unit puts on an item: (property, op)."""
        return [
            (prop, lock.op)
            for (locked, prop), lock in self.now.locks.items()
            if locked == uid and lock.unit == self.unit.code
        ]

    def with_ops(self, ops: Sequence[Op]) -> Resolved:
        """Return what the unit would have with these ops instead of its own."""
        held = tuple(op for op in ops if op.id not in self.aside)
        level = Level(self.unit.code, held)
        return layering.resolve(self.kind, self.parent, [level], self.day.isoformat(), aliases=self.artifact.aliases)

    def standing(self, uid: str, prop: str) -> Standing:
        """Return how a property stands here."""
        rule = self.adapter.prop(uid, prop)
        is_added = self.added_here(uid)
        is_mine = (uid, prop) in self.changed or (is_added and prop == "")
        drafted = (uid, prop) in self.drafted or (uid, "") in self.drafted
        inherited = self.parent.atoms.value(uid, prop)
        lock = self.lock_of(uid, prop)
        is_free = is_added and self.adapter.owner_is_free(prop)
        eased = lock is not None and only_restricts(lock) and self.may_narrow(uid, prop)
        if lock is not None and not eased:
            words = _("Verrouillé par {level}").format(level=self.level_name(lock.unit))
            why = capital(lock_sentence(lock, self.titles))
            return Standing("locked", words, why, inherited, is_mine, drafted, False, False)
        if rule.policy == "locked" and not is_free and prop not in ("", ORDER):
            why = _("Donnée technique ou légale : elle se fixe avec le contenu d’origine, pas à ce niveau.")
            return Standing("locked", _("Verrouillé"), why, inherited, is_mine, drafted, False, False)
        narrow = eased or (rule.policy == "restrict" and not is_free)
        why = capital(lock_sentence(lock, self.titles)) if lock else ""
        if is_added:
            return Standing("added", _("Ajouté ici"), why, inherited, is_mine, drafted, self.may_change, narrow)
        if is_mine:
            return Standing("changed", _("Modifié ici"), why, inherited, True, drafted, self.may_change, narrow)
        words = _("Hérité : {level}").format(level=self.origin_name(uid, prop))
        return Standing("inherited", words, why, inherited, False, drafted, self.may_change, narrow)

    def item_standing(self, uid: str) -> Standing:
        """Return how an item stands as a whole: a lock on all of it, an addition, any change, else inherited."""
        found = self.standing(uid, "")
        if found.state == "inherited" and uid in self.changed_uids:
            return Standing(
                "changed",
                _("Modifié ici"),
                "",
                found.inherited,
                True,
                uid in self.drafted_uids,
                found.editable,
                False,
            )
        return found

    def locks_on(self, uid: str) -> list[str]:
        """Return what levels above locked on an item, as sentences."""
        return [
            f"{capital(self.prop_name(uid, prop))} : {lock_sentence(lock, self.titles)}"
            for (locked, prop), lock in self.parent.locks.items()
            if locked == uid
        ]

    def prop_name(self, uid: str, prop: str) -> str:
        """Return the French name of a property, with its article."""
        special = {
            "": _("l’élément"),
            layering.ALL: _("tout l’élément"),
            layering.ITEMS: _("la liste de ses éléments (ajout, fermeture, ordre)"),
            ORDER: _("la place"),
        }
        return special.get(prop) or self.adapter.prop(uid, prop).name

    def level_name(self, code: str) -> str:
        """Return the name of a level, that of the pack for the base."""
        return self.titles.get(code, code) if code else _("contenu d’origine")

    def origin_name(self, uid: str, prop: str) -> str:
        """Return the level a property comes from."""
        steps = self.now.origin(uid, prop)
        return self.level_name(steps[-1].unit)


def title_of(artifact: Artifact) -> str:
    """Return the name of an artifact; what has no title of its own is named after its key."""
    if artifact.kind in ("message", "deadlines") or not artifact.title:
        words = artifact.key.replace("-", " ")
        return words[:1].upper() + words[1:]
    return artifact.title


def unit_at(session: Session, actor: Actor, code: str) -> Unit:
    """Return a unit whose configuration the person may read; NotFound for the others, whether they exist or not."""
    unit = organisations.unit_by_code(session, code)
    if unit is None:
        raise NotFound(id=code)
    require(actor, "configuration.voir", unit.id, hide=True)
    return unit


def look(session: Session, actor: Actor, code: str, kind: str, key: str) -> Situation:
    """Return an artifact at a unit; raises NotFound."""
    unit = unit_at(session, actor, code)
    artifact = levels.known_artifact(session, kind, key)
    day = store.today(session, unit.id)
    line = organisations.ancestors(session, unit)
    titles = {one.code: one.title for one in line}
    revision = store.open_draft(session, artifact.id, unit.id)
    if revision is not None:
        draft, place = view(session, revision), standpoint(session, revision)
        now = place.resolve(draft.ops)
        parent, published, aside = place.parent, place.published, place.aside
        return Situation(actor, unit, artifact, day, parent, published, now, draft.ops, draft, titles, line, aside)
    facts = levels.facts_for(session, kind, key)
    chain = levels.chain_of(session, artifact, unit, day)
    parent = chain.parent(day, facts)
    published = layering.resolve(kind, parent, [chain.own], day.isoformat(), facts=facts, aliases=artifact.aliases)
    ops = levels.ops_of(chain.own_revision.ops) if chain.own_revision else ()
    held = {op.id for op in chain.own.ops}
    aside = frozenset(op.id for op in ops if op.id not in held)
    return Situation(actor, unit, artifact, day, parent, published, published, ops, None, titles, line, aside)


def drafts_of(session: Session, unit_ids: Collection[object]) -> list[Draft]:
    """Return the open drafts of units, last changed first."""
    return [view(session, revision) for revision in store.drafts_of(session, unit_ids)]


def top_units(session: Session, actor: Actor) -> list[Unit]:
    """Return the highest units whose configuration the person reads."""
    ids = actor.units_for("configuration.voir")
    found = organisations.units(session, ids)
    return [unit for unit in found if unit.parent_id not in ids and unit.closed_at is None]
