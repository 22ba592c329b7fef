"""What a page posts besides answers, and what somebody else may post in its place."""

import pytest

from jalon.ui.request import number_in


@pytest.mark.req("R18")
@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("0", 0), ("", None), ("-1", None), ("²", None), ("٣", None), ("9" * 5_000, None)]
)
def test_only_a_whole_number_is_one(text: str, number: int | None) -> None:
    assert number_in(text, None) == number
