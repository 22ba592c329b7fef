"""Whatever levels publish, in whatever order: the same pointers as resolving everything from scratch."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from factories.layers import DAY, op, published
from factories.packs import NOW, start
from jalon.base.actor import SYSTEM
from jalon.base.errors import JalonError
from jalon.engines.layering import resolve
from jalon.services import publication
from jalon.services.configuration import levels, read_pack
from jalon.services.configuration.linting import lint_artifact
from jalon.store import configuration as store
from jalon.store import publication as releases
from jalon.store import snapshots

NAMES = (("form", "accueil"), ("list", "modes"))
SEEDS = [pytest.param(seed, marks=[pytest.mark.drill] if seed > 1 else []) for seed in range(20)]
"""Random networks: two in `make check`, all of them in `make drills`."""


def some_op(random, unit, number):
    """A change of a form or of a list, and where it goes."""
    if random.random() < 0.5:
        code = random.choice(["marche", "velo", "bus"])
        return NAMES[1], random.choice(
            [
                op("set", code, "label", value=f"{code} {number}"),
                op("close", code),
                op("move_after", code, after=random.choice(["marche", "velo", "bus"])),
                op("add", f"{unit.code}__v{number}", value={"label": f"Valeur {number}"}, after=code),
            ]
        )
    uid = random.choice(["prenom", "mode", "permis", "remarque"])
    return NAMES[0], random.choice(
        [
            op("set", uid, "label", value=f"{uid} {number}"),
            op("set", uid, "help", value=f"Aide {number}"),
            op("set", "remarque", "maxLength", value=random.randrange(50, 500)),
            op("set", "mode", "obligation", value="step"),
            op("move_after", uid, after=random.choice(["prenom", "mode"])),
            op("add", f"{unit.code}__c{number}", value={"type": "string", "label": f"Champ {number}"}, after=uid),
        ]
    )


def publish_at_random(session, network, random, rounds):
    """Publish changes of random units, one a minute; what is refused is refused."""
    for number in range(rounds):
        session.info["clock"].move_to(NOW + timedelta(minutes=number))
        unit = random.choice(sorted(network.values(), key=lambda one: one.code))
        name, change = some_op(random, unit, number)
        try:
            with session.begin_nested():
                published(session, unit, *name, change)
        except JalonError:
            continue


def from_scratch(session, name, unit):
    """What the ops in force give, resolved again from the pack down."""
    artifact = store.artifact(session, *name)
    chain = levels.chain_of(session, artifact, unit, DAY)
    facts = levels.facts_for(session, *name)
    line = [*chain.above, chain.own]
    return resolve(name[0], chain.base, line, DAY.isoformat(), facts=facts, aliases=artifact.aliases)


@pytest.mark.parametrize("seed", SEEDS)
def test_pointers_are_what_resolving_from_scratch_gives(session, seed):
    network = start(session)

    publish_at_random(session, network, Random(seed), 25)

    assert len(publication.history(session)) > 8
    for name in NAMES:
        artifact = store.artifact(session, *name)
        for unit in network.values():
            resolved = from_scratch(session, name, unit)
            pointer = store.pointer_at(session, artifact.id, unit.id, DAY)
            assert snapshots.content(session, pointer.hash) == resolved.document, (name, unit.code)
            assert resolved.refused == ()
            # never a unit with something the full check refuses, whatever the incremental one skipped
            errors = [one for one in lint_artifact(*name, resolved.document) if one.severity == "error"]
            assert errors == []


@pytest.mark.parametrize("seed", SEEDS)
def test_every_op_is_kept_or_its_setting_aside_is_said(session, seed):
    network = start(session)

    publish_at_random(session, network, Random(100 + seed), 25)

    for name in NAMES:
        artifact = store.artifact(session, *name)
        history = publication.history(session)
        said = {(one.op_id, one.unit_id) for made in history for one in releases.outcomes(session, made.id)}
        for unit_id, pointer in store.pointers_at(session, artifact.id, DAY).items():
            assert {(op_id, unit_id) for op_id in pointer.aside} <= said


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pack_exported_with_its_overlays_imports_without_a_difference(session, seed):
    network = start(session)
    publish_at_random(session, network, Random(200 + seed), 20)
    before = {
        (name, code): from_scratch(session, name, unit).document for name in NAMES for code, unit in network.items()
    }

    exported = publication.published_pack(session, "essai")
    back = read_pack(publication.export_pack(session, "essai"))

    assert back == exported
    release = publication.import_pack(session, SYSTEM, replace(back, version="1.0.1"))
    assert (release.flips, release.conflicts, release.sentences) == (0, 0, ())
    assert before == {
        (name, code): from_scratch(session, name, unit).document for name in NAMES for code, unit in network.items()
    }
