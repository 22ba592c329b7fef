"""Prototypes: a process as a unit sees it, played with fictitious people, apart from all live data.

    files = bundle(session, "accueil", unit.id, today)          # the files a sandbox deploys
    play = begin(session, actor, files, journal, unit.id, now)  # one row, forgotten after a day
    kept = find(session, actor, play.id, now)                   # files and journal, to play again
    save(session, actor, play.id, kept.journal.with_step(step), kept.version, now)
    files = sketch(title, read_outline(text))                  # or drawn from an outline, one line per step
    fill(form, {}, sample=samples(session)[0], lists=lists, now=now).data

What was played is kept as the steps of a scenario: playing them again from the start gives the same state.
"""

from jalon.services.prototyping.bundling import bundle
from jalon.services.prototyping.filling import Filled, fill
from jalon.services.prototyping.journal import Journal, Step
from jalon.services.prototyping.keeping import (
    MAX_STEPS,
    FilesTooBig,
    Kept,
    PlayTooLong,
    begin,
    find,
    forget,
    mine,
    save,
)
from jalon.services.prototyping.samples import Sample, samples
from jalon.services.prototyping.sketching import OutlineStep, OutlineUnreadable, read_outline, sketch

__all__ = [
    "MAX_STEPS",
    "FilesTooBig",
    "Filled",
    "Journal",
    "Kept",
    "OutlineStep",
    "OutlineUnreadable",
    "PlayTooLong",
    "Sample",
    "Step",
    "begin",
    "bundle",
    "fill",
    "find",
    "forget",
    "mine",
    "read_outline",
    "samples",
    "save",
    "sketch",
]
