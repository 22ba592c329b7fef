"""Reference tables through Flask-Admin: structures, accounts, journal; every route behind one permission of ours."""

from flask import Flask

from jalon_admin.tables.base import Index, open_tables
from jalon_admin.tables.journal import Journal
from jalon_admin.tables.people import People
from jalon_admin.tables.structures import Structures


def register(app: Flask) -> None:
    """Add the tables to the application; raises when one of their routes declares no permission."""
    open_tables(app, Index(), [Structures(), People(), Journal()])
