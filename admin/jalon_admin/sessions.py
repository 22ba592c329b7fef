"""The database session as a door knows it: something services take, on which no query is written."""

from typing import Any

Session = Any
