"""Rows kept in memory for the life of a session.

A session only remembers a row while somebody else does: without this, each step of one request would read the same
run and the same unit again.
"""

from typing import TypeVar

from sqlalchemy.orm import Session

Row = TypeVar("Row")


def hold(session: Session, row: Row) -> Row:
    """Keep a row in memory as long as the session, and return it."""
    session.info.setdefault("held", []).append(row)
    return row
