"""Identifiers sort in the order they were given."""

from concurrent.futures import ThreadPoolExecutor

from jalon.base.ids import new_id


def test_identifiers_given_within_a_millisecond_sort_in_their_order() -> None:
    given = [new_id() for _ in range(20_000)]
    assert given == sorted(given)
    assert {(one.version, one.variant) for one in given} == {(7, "specified in RFC 4122")}


def test_two_threads_never_get_the_same_one() -> None:
    with ThreadPoolExecutor(4) as pool:
        given = [one for batch in pool.map(lambda _: [new_id() for _ in range(2_000)], range(4)) for one in batch]
    assert len(set(given)) == 8_000
