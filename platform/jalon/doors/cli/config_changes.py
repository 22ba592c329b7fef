"""`jalon config set|impact|publish|decide`: change a unit's configuration, see what it would do, publish."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

import click

from jalon.base.actor import SYSTEM, Actor
from jalon.base.errors import NotFound, Refused
from jalon.base.i18n import fr
from jalon.doors.cli.config import config, difference_row, say, unit_id_of
from jalon.doors.cli.group import Composition, as_json, composed, listing
from jalon.engines.layering import ABSENT, Op
from jalon.sandbox import Sandbox
from jalon.services import access, configuration, publication
from jalon.services.worklist import count_running
from jalon.store import configuration as store
from jalon.store import people
from jalon.store.database import Session

DAY = click.DateTime(["%Y-%m-%d"])
unit_option = click.option("--unit", "unit_code", required=True, help="Code de l’unité.")
reason_option = click.option("--reason", required=True, help="Pourquoi : chaque niveau concerné le lira.")
from_option = click.option("--from", "starts", type=DAY, default=None, help="Date d’effet ; par défaut, aujourd’hui.")
login_option = click.option("--as", "login", default=None, help="Agir comme cette personne ; sinon, le système.")


class SetMalformed(Refused):
    """A change that cannot be read."""

    code, message = "config.changement_illisible", fr("Ce changement ne se lit pas : {reason}")


@config.command(name="set")
@click.argument("kind")
@click.argument("key")
@click.argument("atom")
@click.argument("value", required=False)
@unit_option
@reason_option
@click.option(
    "--do",
    "verb",
    type=click.Choice(["set", "unset", "add", "close", "reopen", "bind", "toggle", "lock", "unlock"]),
    default="set",
    show_default=True,
    help="Ce que fait le changement.",
)
@click.option("--after", default=None, help="Pour un ajout : l’élément après lequel le placer.")
@login_option
@as_json
@composed
def set_(
    composition: Composition,
    kind: str,
    key: str,
    atom: str,
    value: str | None,
    unit_code: str,
    reason: str,
    verb: str,
    after: str | None,
    login: str | None,
    as_json: bool,
) -> None:
    """Changer un atome dans le brouillon d’une unité, sans publier.

    ATOM s’écrit UID.PROPRIÉTÉ pour set, unset, lock et unlock, UID pour les autres. VALUE est du JSON, ou un texte ;
    pour un ajout, l’objet de ses propriétés ou son libellé ; pour un verrou, « restrict » laisse resserrer.
    """
    op = _op(verb, atom, value, reason, after)
    with composition.ready.database.transaction() as session:
        actor, unit_id = actor_of(session, login), unit_id_of(session, unit_code)
        draft = configuration.open_draft(session, actor, unit_id, kind, key)
        draft = configuration.change_draft(session, actor, draft.id, [op], draft.row_version)
    if as_json:
        row = {
            "draft": str(draft.id),
            "row_version": draft.row_version,
            "differences": [difference_row(one) for one in draft.differences],
            "warnings": list(draft.warnings),
            "problems": [problem.as_json() for problem in draft.problems],
        }
        click.echo(json.dumps(row, ensure_ascii=False, indent=2, default=str))
        return
    say([difference_row(one) for one in draft.differences], False, "Ce brouillon ne change plus rien.")
    for warning in draft.warnings:
        click.echo(f"Attention : {warning}")


@config.command()
@unit_option
@from_option
@login_option
@as_json
@composed
def impact(composition: Composition, unit_code: str, starts: datetime | None, login: str | None, as_json: bool) -> None:
    """Dire ce que publier les brouillons d’une unité ferait, scénarios joués ; rien n’est écrit."""
    with composition.ready.database.transaction() as session:
        actor = actor_of(session, login)
        drafts = _drafts(session, unit_id_of(session, unit_code))
        seen = publication.impact(
            session,
            actor,
            drafts,
            effective_from=starts.date() if starts else None,
            count_running=count_running,
            workshop=Sandbox,
        )
    row = {
        "epoch": seen.epoch,
        "from": seen.effective_from.isoformat(),
        "reached": [unit.code for unit in seen.reached],
        "artifacts": [
            {
                "kind": one.kind,
                "key": one.key,
                "class": one.change,
                "differences": [difference_row(difference) for difference in one.differences],
                "inheriting": [unit.code for unit in one.inheriting],
                "overriding": sorted({over.unit.code for over in one.overriding}),
                "conflicts": len(one.conflicts),
                "converged": len(one.converged),
                "readers": list(one.readers),
                "hidden": list(one.hidden),
                "running": asdict(one.running),
                "policy": one.policy,
            }
            for one in seen.artifacts
        ],
        "problems": [problem.as_json() for problem in seen.problems],
        "scenarios": {
            "played": seen.scenarios_played,
            "left_out": seen.scenarios_left_out,
            "failing": [one.sentence for one in seen.failing_scenarios],
        },
    }
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False, indent=2, default=str))
        return
    for sentence in seen.sentences:
        click.echo(f"- {sentence}")
    click.echo(f"Unités atteintes : {len(seen.reached)}.")
    for artifact in seen.artifacts:
        click.echo(f"{artifact.title} : {len(artifact.conflicts)} à vérifier ailleurs. {artifact.policy}")
    for problem in seen.problems:
        click.echo(f"Attention : {problem.message}")
    for failing in seen.failing_scenarios:
        click.echo(failing.sentence)


@config.command()
@unit_option
@reason_option
@from_option
@click.option("--legal", default="", help="Référence du texte qui le demande.")
@click.option("--acknowledge", default="", help="Pourquoi publier bien que des scénarios ne tiennent plus.")
@login_option
@as_json
@composed
def publish(
    composition: Composition,
    unit_code: str,
    reason: str,
    starts: datetime | None,
    legal: str,
    acknowledge: str,
    login: str | None,
    as_json: bool,
) -> None:
    """Publier ensemble les brouillons d’une unité, ou aucun."""
    database = composition.ready.database
    with database.transaction() as session:
        actor, unit_id = actor_of(session, login), unit_id_of(session, unit_code)
        drafts = _drafts(session, unit_id)
        day: date = starts.date() if starts else store.today(session, unit_id)
    done = publication.publish_with(
        database,
        actor,
        drafts,
        effective_from=day,
        reason=reason,
        legal=legal,
        workshop=Sandbox,
        acknowledge=acknowledge,
    )
    say_release(done, as_json)


@config.command()
@click.argument("conflict_ids", nargs=-1, required=True, type=click.UUID)
@click.option(
    "--choice", type=click.Choice(["keep_mine", "take_new", "merge", "ask_parent"]), required=True, help="La décision."
)
@click.option("--value", default=None, help="Pour merge : la valeur à retenir, en JSON ou en texte.")
@reason_option
@login_option
@as_json
@composed
def decide(
    composition: Composition,
    conflict_ids: tuple[UUID, ...],
    choice: Any,
    value: str | None,
    reason: str,
    login: str | None,
    as_json: bool,
) -> None:
    """Décider des conflits de la même façon, tous ou aucun."""
    database = composition.ready.database
    with database.transaction() as session:
        actor = actor_of(session, login)
    merged = ABSENT if value is None else _value(value)
    done = publication.decide_with(database, actor, conflict_ids, choice, reason, merged)
    if isinstance(done, publication.Waiting):
        say_release(done, as_json)
        return
    click.echo(json.dumps({"decided": done}) if as_json else f"Conflits décidés : {done}.")


def actor_of(session: Session, login: str | None) -> Actor:
    """Return the person of that login, whose account is in service, with its rights; the system without one."""
    if login is None:
        return SYSTEM
    person = people.person_by_login(session, login)
    if person is None or person.state is not people.PersonState.ACTIVE:
        raise NotFound(id=login)
    return access.actor_for(session, person)


def say_waiting(found: Sequence[publication.Waiting], as_json: bool) -> None:
    """Print what waits for a second reader."""
    rows = [
        {
            "id": str(one.id),
            "act": one.act,
            "unit": one.unit.code,
            "title": one.title,
            "author": one.author,
            "reason": one.reason,
            "state": one.state,
            "outdated": one.outdated,
            "conflicts": one.conflicts,
            "sentences": list(one.sentences),
            "warnings": list(one.warnings),
        }
        for one in found
    ]
    columns = {"id": "à relire", "unit": "unité", "title": "quoi", "author": "demandé par"}
    listing(rows, columns, as_json, "Rien n’attend de seconde lecture.")


def _drafts(session: Session, unit_id: UUID) -> list[UUID]:
    return [draft.id for draft in store.drafts_of(session, [unit_id])]


def _op(verb: Any, atom: str, value: str | None, reason: str, after: str | None) -> Op:
    uid, _, prop = atom.rpartition(".") if verb in ("set", "unset", "lock", "unlock") else (atom, "", "")
    if not uid:
        raise SetMalformed(reason=f"« {atom} » s’écrit UID.PROPRIÉTÉ.")
    if verb in ("set", "add", "bind", "toggle") and value is None:
        raise SetMalformed(reason=f"« {verb} » attend une valeur.")
    found = ABSENT if value is None else _value(value)
    if verb == "add" and not isinstance(found, dict):
        found = {"label": str(value)}
    return Op(id="", verb=verb, uid=uid, prop=prop, value=found, after=after, reason=reason)


def _value(text: str) -> Any:
    """Read a value: JSON when it is, the text itself otherwise."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def say_release(done: publication.Published | publication.Waiting, as_json: bool) -> None:
    """Print what a release says of itself, or that it waits for a second reader."""
    if isinstance(done, publication.Waiting):
        say_waiting([done], as_json)
        return
    row = {
        "id": str(done.id),
        "number": done.number,
        "origin": done.origin,
        "state": done.state,
        "from": done.effective_from.isoformat(),
        "conflicts": done.conflicts,
        "outcomes": dict(done.outcomes),
        "retroactive": done.retroactive,
        "sentences": list(done.sentences),
        "warnings": list(done.warnings),
    }
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False, indent=2))
        return
    for sentence in (*done.sentences, *done.warnings):
        click.echo(f"- {sentence}")
    click.echo(f"Publication n° {done.number} : {done.conflicts} à vérifier ailleurs.")
