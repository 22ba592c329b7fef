"""The order of items: root to leaf, then op number; on one anchor the parent's first, then by uid."""

from engines.layering.samples import codes, form, level, op
from jalon.engines.layering import Op, resolve


def letters(*names: str) -> dict:
    return {"title": "Lettres", "values": [{"code": name, "label": name} for name in names or "abcd"]}


def add(uid: str, after: str | None) -> Op:
    return op("add", uid, value={"label": uid}, after=after)


def order(*levels, base=None) -> list[str]:
    return codes(resolve("list", base or letters(), levels).document)


def test_on_one_anchor_the_parents_items_come_first_then_by_uid():
    nation = level("fr", add("fr__z", "b"), add("fr__y", "b"))
    region = level("r", add("r__b", "b"), add("r__a", "b"))

    assert order(nation, region) == ["a", "b", "fr__y", "fr__z", "r__a", "r__b", "c", "d"]


def test_first_and_last_are_places_too():
    assert order(level("r", add("r__a", ""), add("r__z", None))) == ["r__a", "a", "b", "c", "d", "r__z"]


def test_what_hangs_on_an_item_follows_it():
    assert order(level("fr", add("fr__x", "b")), level("r", op("move_after", "b", after="d"))) == [
        "a",
        "c",
        "d",
        "b",
        "fr__x",
    ]


def test_a_closed_anchor_still_holds_its_place():
    assert order(level("fr", op("close", "b")), level("r", add("r__x", "b"))) == ["a", "b", "r__x", "c", "d"]


def test_the_last_move_of_an_item_counts_and_the_lower_level_wins():
    nation = level("fr", op("move_after", "a", after="b"), op("move_after", "a", after="c"))

    assert order(nation) == ["b", "c", "a", "d"]
    assert order(nation, level("r", op("move_after", "a", after="d"))) == ["b", "c", "d", "a"]


def test_a_lost_anchor_is_the_end_with_a_warning():
    here = resolve("list", letters(), [level("r", add("r__x", "absent"))])

    assert codes(here.document) == ["a", "b", "c", "d", "r__x"]
    assert [(one.severity, one.message) for one in here.problems] == [
        ("warning", "« r__x » : le repère qui précédait n’est plus là, il est placé à la fin.")
    ]


def test_a_cycle_is_the_end_with_a_warning():
    here = resolve("list", letters(), [level("r", op("move_after", "a", after="c"), op("move_after", "c", after="a"))])

    assert codes(here.document) == ["b", "d", "c", "a"]
    assert [one.code for one in here.problems] == ["configuration.place_perdue"]


def test_an_item_after_itself_goes_to_the_end():
    assert order(level("r", op("move_after", "b", after="b"))) == ["a", "c", "d", "b"]


def test_a_field_moves_to_another_section_and_back():
    there = level("fr", op("move_after", "nom", after="distance"))
    back = level("r", op("move_after", "nom", after="permis"))

    away = resolve("form", form(), [there])
    home = resolve("form", form(), [there, back])

    assert away.atoms.children("layout:identite") == ["permis"]
    assert away.atoms.children("layout:trajet")[:3] == ["mode", "distance", "nom"]
    assert home.atoms.children("layout:identite") == ["permis", "nom"]
    assert "nom" not in home.atoms.children("layout:trajet")


def test_an_anchor_that_left_for_another_section_is_lost_not_followed():
    there = level("fr", op("move_after", "nom", after="distance"))
    late = level("r", op("move_after", "permis", container="layout:identite", after="nom"))

    here = resolve("form", form(), [there, late])

    assert here.atoms.children("layout:identite") == ["permis"]
    assert [one.severity for one in here.problems] == ["warning"]


def test_a_section_does_not_enter_itself():
    inside = op("move_after", "layout:page", container="layout:trajet")

    here = resolve("form", form(), [level("fr", inside)])

    assert here.atoms.children(".") == ["layout:page"]
    assert [one.code for one in here.problems] == ["configuration.place_perdue"]


def test_a_field_of_a_row_stays_in_its_row():
    here = resolve("form", form(), [level("fr", op("move_after", "trajets.but", after="nom"))])

    assert here.atoms.children("trajets") == ["trajets.but", "trajets.duree"]
    assert [one.severity for one in here.problems] == ["warning"]
