"""Steps of a scenario about configuration: import packs, change, be refused, publish."""

from datetime import timedelta

from jalon.base.clock import civil_date
from jalon.base.errors import JalonError
from jalon.doors.cli.scenario import Asked, Stage, verb
from jalon.doors.cli.setup import import_shipped
from jalon.engines.layering import read_op
from jalon.services import configuration, publication
from jalon.store import organisations


@verb("publish_packs")
def publish_packs(stage: Stage, asked: Asked) -> None:
    """Publish the packs shipped: those named, or all."""
    wanted = set(asked.given.get("packs", ()))
    published = import_shipped(stage.wiring, wanted)
    asked.expect("published", len(published))


@verb("configure")
def configure(stage: Stage, asked: Asked) -> None:
    """Change an artifact in the draft of a unit; publication comes with another step."""
    draft_id, unit_id = _changed(stage, asked)
    waiting = stage.drafts.setdefault(unit_id, [])
    if draft_id not in waiting:
        waiting.append(draft_id)


@verb("expect_refused")
def expect_refused(stage: Stage, asked: Asked) -> None:
    """Try a change that must be refused, with its reason; nothing of it is kept."""
    try:
        _changed(stage, asked)
    except JalonError as refusal:
        asked.expect("code", refusal.code)
        reason = asked.expected.get("reason_contains", "")
        asked.must(reason in refusal.text(), reason, refusal.text())
        return
    asked.must(False, "un refus", "le changement a été accepté")


@verb("publish")
def publish(stage: Stage, asked: Asked) -> None:
    """Look at the impact of the drafts that wait in a unit, then publish them together."""
    with stage.wiring.database.transaction() as session:
        actor = stage.actor(session, asked.login)
        unit_id = stage.unit_id(session, asked.given["unit"])
        today = civil_date(stage.wiring.clock.now(), stage.wiring.settings.zone)
        effective = today + timedelta(days=asked.given.get("in_days", 0))
        drafts = stage.drafts.pop(unit_id, [])
        impact = publication.impact(session, actor, drafts, effective_from=effective)
        reached = {unit.code for unit in impact.reached}
        wanted = set(asked.expected.get("units_reached", ()))
        asked.must(wanted <= reached, sorted(wanted), sorted(reached))
        release = publication.publish(
            session, actor, drafts, effective_from=effective, reason=asked.given["reason"], epoch=impact.epoch
        )
        asked.expect("released", release.state == "published")
        asked.expect("conflicts", release.conflicts)


@verb("explain_configuration")
def explain_configuration(stage: Stage, asked: Asked) -> None:
    """Say where a value of the configuration comes from."""
    with stage.wiring.database.transaction() as session:
        unit_id = stage.unit_id(session, asked.given["unit"])
        given = asked.given
        found = configuration.explain(session, given["kind"], given["key"], given["uid"], given["prop"], unit_id)
        levels = [step.unit for step in found.steps]
        asked.expect("levels", levels)


def _changed(stage: Stage, asked: Asked) -> tuple:
    given = asked.given
    with stage.wiring.database.transaction() as session:
        actor = stage.actor(session, asked.login)
        unit = organisations.unit_by_code(session, given["unit"])
        assert unit is not None, given["unit"]
        draft = configuration.open_draft(session, actor, unit.id, given["kind"], given["key"])
        ops = [read_op(op, number) for number, op in enumerate(given["ops"], 1)]
        changed = configuration.change_draft(session, actor, draft.id, ops, draft.row_version)
        return changed.id, unit.id
