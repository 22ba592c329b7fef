"""Steps of a scenario about levels: what a publication above made of the changes below, and a conflict decided."""

from collections import defaultdict

from jalon.base.i18n import fr
from jalon.doors.cli.scenario import Asked, Stage, verb
from jalon.services import publication
from jalon.services.configuration import reports
from jalon.store.database import Session

WORDS = {"kept": fr("gardé"), "converged": fr("devenu identique"), "conflict": fr("en conflit")}
"""What became of a change of a level, in French."""

Change = tuple[str, str, str, str, str]
"""A change of a level: unit, kind, key, uid, prop."""

Outcomes = dict[tuple[str, str], dict[str, list[str]]]
"""By unit (code, title) then state, what its changes touch, as « uid.prop »."""


@verb("report")
def report(stage: Stage, asked: Asked) -> None:
    """Say level by level, below a unit, what became of the changes made there: kept, converged, in conflict."""
    with stage.wiring.database.transaction() as session:
        found = _outcomes(session, asked.given["unit"], set(asked.given["artifacts"]))
    for (_, title), states in found.items():
        told = " ; ".join(f"{WORDS[state]} : {', '.join(states[state])}" for state in WORDS if state in states)
        stage.say(f"       {title} — {told}")
    for state in WORDS:
        held = {code: states[state] for (code, _), states in found.items() if state in states}
        asked.expect(state, held)


@verb("decide_conflict")
def decide_conflict(stage: Stage, asked: Asked) -> None:
    """Decide every conflict of a unit alike, with the reason the other levels will read."""
    with stage.wiring.database.transaction() as session:
        actor = stage.actor(session, asked.login)
        unit_id = stage.unit_id(session, asked.given["unit"])
        open_ones = publication.conflicts(session, unit_id)
        asked.must(bool(open_ones), "un conflit à décider", "aucun")
        ids = [one.id for one in open_ones]
        count = publication.decide_conflicts(session, actor, ids, asked.given["choice"], asked.given["reason"])
        asked.expect("decided", count)
        asked.expect("left", len(publication.conflicts(session, unit_id)))


def _outcomes(session: Session, above: str, artifacts: set[str]) -> Outcomes:
    """Return what became of the changes made below a unit to these artifacts (« kind/key »)."""
    doubtful: set[Change] = {
        (one.unit.code, one.kind, one.key, one.uid, one.prop) for one in publication.conflicts(session)
    }
    found: Outcomes = defaultdict(lambda: defaultdict(list))
    for one in reports.local_changes(session):
        if f"{one.kind}/{one.key}" not in artifacts or one.unit == above:
            continue
        change: Change = (one.unit, one.kind, one.key, one.uid, one.prop)
        state = "conflict" if change in doubtful else "converged" if one.aside == "converged" else "kept"
        found[one.unit, one.title][state].append(f"{one.uid}.{one.prop}" if one.prop else one.uid)
    return {unit: {state: sorted(names) for state, names in states.items()} for unit, states in found.items()}
