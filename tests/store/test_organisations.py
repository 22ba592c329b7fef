"""The tree of units."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from factories.units import make_network, make_unit
from jalon.store import organisations


def test_ancestors_come_root_first(session: Session) -> None:
    network = make_network(session)
    above = organisations.ancestors(session, network["ml_toulouse_centre"])
    assert [unit.code for unit in above] == ["fr", "occitanie", "d31", "ml_toulouse", "ml_toulouse_centre"]


def test_a_subtree_takes_no_neighbour_whose_code_looks_alike(session: Session) -> None:
    network = make_network(session)
    make_unit(session, "mlxtoulouse", network["d31"])  # an underscore is a wildcard for LIKE
    make_unit(session, "ml_toulouse_est", network["d31"])
    ids = organisations.subtree_ids(session, network["ml_toulouse"])
    assert ids == {network["ml_toulouse"].id, network["ml_toulouse_centre"].id}


def test_children_are_the_open_ones(session: Session) -> None:
    network = make_network(session)
    network["bretagne"].closed_at = datetime(2026, 1, 1, tzinfo=UTC)
    session.flush()
    assert [unit.code for unit in organisations.children(session, network["fr"])] == ["occitanie"]


def test_a_unit_is_found_by_its_code(session: Session) -> None:
    network = make_network(session)
    assert organisations.unit_by_code(session, "d31") is network["d31"]
    assert organisations.unit_by_code(session, "d32") is None
    assert organisations.root(session) is network["fr"]
