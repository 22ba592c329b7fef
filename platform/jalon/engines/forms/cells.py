"""Cells of a spreadsheet export that no spreadsheet runs as a formula."""

_STARTERS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> str:
    """Return the text of a cell, led by an apostrophe when a spreadsheet would run it.

    A number stays a number: `-12,50` is shown as it is because nothing but digits follows the sign.
    """
    text = "" if value is None else str(value)
    if not text.lstrip(" \n\x00\ufeff").startswith(_STARTERS) or _is_number(text):
        return text
    return "'" + text


def _is_number(text: str) -> bool:
    digits = text[1:].replace(",", "", 1) if "," in text else text[1:].replace(".", "", 1)
    return text[0] in "+-" and digits.isascii() and digits.isdigit()
