"""The coordinator of process instances: variables, timers, messages, calls, incidents, over any RunStore.

runtime = Runtime(store, library, around, now)
happened = runtime.start("accueil", {"age": 19}, unit="d31")
happened = runtime.complete_task(happened.opened[0].id, {"ok": True}, by="amina")
"""

from jalon.runtime.coordinator import Around, Migration, Runtime, Surroundings
from jalon.runtime.library import Library, MemoryLibrary, starters
from jalon.runtime.memory import MemoryStore
from jalon.runtime.recording import Happened

__all__ = [
    "Around",
    "Happened",
    "Library",
    "MemoryLibrary",
    "MemoryStore",
    "Migration",
    "Runtime",
    "Surroundings",
    "starters",
]
