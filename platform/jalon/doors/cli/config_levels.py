"""`jalon config promote|follow|move|hotfix|reached`: what passes from one level to another."""

import json
from uuid import UUID

import click

from jalon.doors.cli.config import config, plain, unit_id_of
from jalon.doors.cli.config_changes import actor_of, login_option, reason_option, say_release, unit_option
from jalon.doors.cli.group import Composition, as_json, composed, listing
from jalon.doors.cli.operating import do_now
from jalon.services import configuration, publication


@config.group()
def promote() -> None:
    """Promotion : proposer au niveau au-dessus ce qu’une unité a ajouté, y répondre."""


@promote.command()
@click.argument("kind")
@click.argument("key")
@click.argument("uid")
@unit_option
@click.option("--note", required=True, help="À quoi cela sert, et comment on s’en sert.")
@click.option("--to", "parent_code", default=None, help="Le niveau à qui le proposer ; par défaut, juste au-dessus.")
@login_option
@as_json
@composed
def offer(
    composition: Composition,
    kind: str,
    key: str,
    uid: str,
    unit_code: str,
    note: str,
    parent_code: str | None,
    login: str | None,
    as_json: bool,
) -> None:
    """Proposer un élément ajouté par une unité."""
    with composition.ready.database.transaction() as session:
        unit_id, parent_id = unit_id_of(session, unit_code), unit_id_of(session, parent_code)
        found = publication.offer(
            session,
            actor_of(session, login),
            unit_id,
            kind,
            key,
            uid,
            note=note,
            parent_id=parent_id,
            count_values=publication.count_values,
        )
    _say_offers([found], as_json)


@promote.command(name="list")
@unit_option
@click.option("--all", "everything", is_flag=True, help="Aussi celles qui ont eu une réponse.")
@as_json
@composed
def list_(composition: Composition, unit_code: str, everything: bool, as_json: bool) -> None:
    """Lister ce qu’une unité a proposé, et ce qu’on lui propose."""
    with composition.ready.database.transaction() as session:
        state = "" if everything else "offered"
        found = publication.offers(session, unit_id_of(session, unit_code), state=state)
    _say_offers(found, as_json)


@promote.command()
@click.argument("offer_id", type=click.UUID)
@reason_option
@click.option("--merge", multiple=True, help="Un équivalent d’une autre unité qui devient le même élément.")
@login_option
@as_json
@composed
def accept(
    composition: Composition, offer_id: UUID, reason: str, merge: tuple[str, ...], login: str | None, as_json: bool
) -> None:
    """Reprendre au niveau au-dessus ce qui a été proposé."""
    database = composition.ready.database
    with database.transaction() as session:
        actor = actor_of(session, login)
    done = publication.accept_with(database, actor, offer_id, reason=reason, merged=merge)
    say_release(done, as_json)


@promote.command()
@click.argument("offer_id", type=click.UUID)
@reason_option
@login_option
@as_json
@composed
def decline(composition: Composition, offer_id: UUID, reason: str, login: str | None, as_json: bool) -> None:
    """Ne pas reprendre ce qui a été proposé, et dire pourquoi."""
    with composition.ready.database.transaction() as session:
        publication.decline(session, actor_of(session, login), offer_id, reason)
    click.echo(json.dumps({"declined": str(offer_id)}) if as_json else "La proposition est déclinée.")


@config.command()
@click.argument("kind")
@click.argument("key")
@click.argument("uid")
@unit_option
@click.option("--prop", default="", help="Une propriété seulement ; par défaut, toutes.")
@click.option("--stop", is_flag=True, help="Ne plus suivre.")
@login_option
@composed
def follow(
    composition: Composition, kind: str, key: str, uid: str, unit_code: str, prop: str, stop: bool, login: str | None
) -> None:
    """Suivre un réglage jusqu’à ce que l’unité y touche : ses changements au-dessus lui sont annoncés."""
    act = configuration.unfollow if stop else configuration.follow
    with composition.ready.database.transaction() as session:
        act(session, actor_of(session, login), unit_id_of(session, unit_code), kind, key, uid, prop)
    click.echo("Ce réglage n’est plus suivi." if stop else "Ce réglage est suivi.")


@config.command()
@unit_option
@click.option("--to", "parent_code", required=True, help="Le nouveau niveau au-dessus.")
@reason_option
@login_option
@as_json
@composed
def move(
    composition: Composition, unit_code: str, parent_code: str, reason: str, login: str | None, as_json: bool
) -> None:
    """Rattacher une unité à un autre niveau ; ses changements passent d’une chaîne à l’autre."""
    database = composition.ready.database
    with database.transaction() as session:
        actor = actor_of(session, login)
        unit_id, parent_id = unit_id_of(session, unit_code), unit_id_of(session, parent_code)
    say_release(publication.move_with(database, actor, unit_id, parent_id, reason), as_json)


@config.command()
@click.argument("release_id", type=click.UUID)
@as_json
@composed
def reached(composition: Composition, release_id: UUID, as_json: bool) -> None:
    """Dire quelles unités ne reçoivent pas ce qu’une publication a changé, et pourquoi."""
    with composition.ready.database.transaction() as session:
        found = publication.not_receiving(session, release_id)
    rows = [
        {
            "unit": one.unit.code,
            "kind": one.kind,
            "key": one.key,
            "uid": one.uid,
            "prop": one.prop,
            "wanted": plain(one.wanted),
            "has": plain(one.has),
            "because": one.because,
            "units": one.units,
        }
        for one in found
    ]
    columns = {"unit": "unité", "uid": "élément", "because": "parce que", "units": "unités"}
    listing(rows, columns, as_json, "Toutes les unités l’ont reçu.")


@config.command()
@click.argument("key")
@click.option("--name", required=True, help="Le nom du correctif, gardé avec chaque parcours.")
@reason_option
@click.option("--approved-by", "approver", required=True, help="L’autre personne qui l’approuve.")
@click.option("--apply", "applied", is_flag=True, help="Faire, au lieu de dire ce qui serait fait.")
@login_option
@as_json
@composed
def hotfix(
    composition: Composition,
    key: str,
    name: str,
    reason: str,
    approver: str,
    applied: bool,
    login: str | None,
    as_json: bool,
) -> None:
    """Donner la version en vigueur aux parcours qui n’en diffèrent que par des textes ou des ajouts."""
    wiring = composition.ready
    with wiring.database.transaction() as session:
        actor, now = actor_of(session, login), wiring.clock.now()
        planned = publication.plan_hotfix(session, actor, key, now)
        operation_id = None
        if applied:
            reader = actor_of(session, approver)
            operation_id = publication.hotfix(
                session, actor, key, name=name, reason=reason, approver=reader, now=now
            ).id
    row = {
        "process": key,
        "runs": len(planned.runs),
        "left": planned.left,
        "because": list(planned.because),
        "sentences": list(planned.sentences),
        "operation": str(operation_id) if operation_id else None,
    }
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False, indent=2))
    else:
        for sentence in planned.sentences:
            click.echo(f"- {sentence}")
        click.echo(f"Parcours concernés : {len(planned.runs)} ; laissés dans leur version : {planned.left}.")
    if operation_id is not None:
        do_now(wiring, operation_id)


def _say_offers(found: list[publication.Offer], as_json: bool) -> None:
    rows = [
        {
            "id": str(one.id),
            "kind": one.kind,
            "key": one.key,
            "uid": one.uid,
            "label": one.label,
            "unit": one.unit.code,
            "parent": one.parent.code,
            "note": one.note,
            "dossiers": one.dossiers,
            "equivalents": [{"unit": other.unit.code, "uid": other.uid} for other in one.equivalents],
            "state": one.state,
            "new_uid": one.new_uid,
            "reason": one.reason,
        }
        for one in found
    ]
    columns = {"id": "id", "label": "libellé", "unit": "de", "parent": "à", "state": "état", "note": "note"}
    listing(rows, columns, as_json, "Aucune proposition.")
