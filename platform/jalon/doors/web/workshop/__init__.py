"""The workshop: play any process as any unit sees it, without touching live data; try a file of one's own."""

from jalon.doors.web.workshop import choosing, playing
from jalon.doors.web.workshop.blueprint import bp

__all__ = ["bp", "choosing", "playing"]
