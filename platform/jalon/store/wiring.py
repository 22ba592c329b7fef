"""What the application is put together from; `app.py` fills it, doors receive it."""

from dataclasses import dataclass

from jalon.base.clock import Clock
from jalon.base.ports import FileStore, Jobs, Mailer, SmsSender
from jalon.base.settings import Settings
from jalon.store.database import Database


@dataclass(frozen=True, slots=True)
class Wiring:
    """The settings, the database, the time and the outside, as one argument."""

    settings: Settings
    database: Database
    clock: Clock
    mailer: Mailer
    files: FileStore
    jobs: Jobs
    sms: SmsSender | None = None
