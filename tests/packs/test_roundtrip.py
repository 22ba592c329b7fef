"""Every shipped pack reads, checks, publishes on a real network and survives export then import unchanged."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from jalon.base.actor import SYSTEM
from jalon.engines.layering import Op
from jalon.services import configuration, publication
from jalon.services.configuration import Pack, check_pack, read_pack, shipped_packs, write_pack
from jalon.store import organisations

KEYS = [folder.name for folder in shipped_packs()]
TEXT = some.text(some.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20)
LABEL = TEXT.filter(str.strip)
UID = some.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


@pytest.mark.parametrize("key", KEYS)
def test_a_shipped_pack_has_no_error_and_reads_back_equal(key):
    folder = next(folder for folder in shipped_packs() if folder.name == key)
    assert [problem for problem in check_pack(folder).problems if problem.severity == "error"] == []
    pack = read_pack(folder)
    assert read_pack(write_pack(pack)) == pack


def test_every_shipped_pack_publishes_and_exports_without_a_difference(session):
    packs = {pack.key: pack for pack in map(read_pack, shipped_packs())}
    for pack in in_order(packs):
        publication.import_pack(session, SYSTEM, pack)

    for key, pack in packs.items():
        assert read_pack(publication.export_pack(session, key)) == pack
        assert publication.import_pack(session, SYSTEM, pack).unchanged
    assert publication.conflicts(session) == []
    root = organisations.root(session)
    for info in configuration.process_keys(session):
        assert configuration.process(session, info.key, root.id).content["bpmn"]


def in_order(packs):
    done = []
    while len(done) < len(packs):
        done += [
            pack
            for pack in packs.values()
            if pack not in done and all(key in {one.key for one in done} for key in pack.requires)
        ]
    return done


def lists():
    value = some.fixed_dictionaries(
        {"code": UID, "label": LABEL}, optional={"closed": some.booleans(), "help": TEXT, "parent": UID, "autre": TEXT}
    )
    values = some.lists(value, max_size=4, unique_by=lambda one: one["code"])
    return some.fixed_dictionaries({"values": values}, optional={"title": TEXT})


def parameters():
    dated = some.fixed_dictionaries(
        {"from": some.dates().map(str), "value": some.one_of(some.integers(-99, 99), some.booleans(), TEXT)},
        optional={"source": TEXT},
    )
    one = some.fixed_dictionaries(
        {"label": TEXT, "values": some.lists(dated, max_size=2)}, optional={"min": some.integers(-9, 9), "help": TEXT}
    )
    return some.dictionaries(UID, one, max_size=3)


def packs():
    artifacts = some.fixed_dictionaries(
        {},
        optional={
            ("list", "a"): lists(),
            ("parameters", "essai"): parameters(),
            ("message", "m"): some.fixed_dictionaries({"subject": TEXT, "text": TEXT}),
        },
    )
    op = some.builds(Op, id=some.sampled_from(["x1", "x2"]), verb=some.just("close"), uid=UID, reason=TEXT)
    return some.builds(
        Pack,
        key=some.just("essai"),
        title=LABEL,
        version=LABEL,
        vocabulary=some.lists(TEXT, max_size=2).map(tuple),
        closed=some.dictionaries(some.just(("list", "a")), some.lists(UID, max_size=2).map(tuple), max_size=1),
        aliases=some.dictionaries(some.just(("list", "a")), some.dictionaries(UID, UID, max_size=2), max_size=1),
        artifacts=artifacts,
        overlays=some.dictionaries(UID, some.fixed_dictionaries({("list", "a"): some.tuples(op)}), max_size=1),
        scenarios=some.dictionaries(some.just("s"), some.fixed_dictionaries({"title": TEXT}), max_size=1),
        files=some.dictionaries(some.just("data/x.csv"), some.binary(max_size=20), max_size=1),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(packs())
def test_any_pack_is_read_back_as_it_was_written(pack):
    back = read_pack(write_pack(pack))
    assert back == pack
    assert back.checksum == pack.checksum
