"""Puts the pieces together: settings, database, gateways, doors."""

import logging
import time
from dataclasses import replace
from datetime import timedelta

from flask import Flask

from jalon.base.clock import Clock, SystemClock
from jalon.base.resources import resource_folder
from jalon.base.settings import Settings, development_key, read_settings
from jalon.doors import cli, jobs, web
from jalon.gateways.connectors import Systems, read_secrets
from jalon.gateways.files import FileFolder
from jalon.gateways.jobs_embedded import EmbeddedJobs
from jalon.gateways.smtp import mailer_for
from jalon.services import processes, publication, worklist
from jalon.services.processes import connecting, deadlines, starting, together
from jalon.services.publication import telling
from jalon.store.database import Database, Session
from jalon.store.jobs import Job
from jalon.store.wiring import Wiring
from jalon.ui import shell

TIMERS_AT_ONCE, TIMERS_AT_MOST = 5, 2_000


def build(settings: Settings, clock: Clock | None = None) -> Wiring:
    """Connect the application to its surroundings; nothing is opened before it is used."""
    clock = clock or SystemClock()
    if not settings.secret_key:
        settings = replace(settings, secret_key=development_key(settings.var))
    database = Database(settings.database_url, secret=settings.secret_key, clock=clock)
    database.info["base_url"] = settings.base_url  # links in mails are built where the task is opened
    jobs.PERIODIC["processes.timers"] = jobs.Periodic(timedelta(seconds=1), _fire_timers)
    jobs.PERIODIC["processes.starts"] = jobs.Periodic(timedelta(minutes=1), _start_processes)
    jobs.PERIODIC["worklist.reminders"] = jobs.Periodic(timedelta(minutes=1), _remind)
    jobs.PERIODIC["worklist.late"] = jobs.Periodic(timedelta(minutes=15), _tell_late)
    jobs.PERIODIC["worklist.deadlines"] = jobs.Periodic(timedelta(minutes=1), _follow_deadlines)
    jobs.PERIODIC["publication.due"] = jobs.Periodic(timedelta(minutes=1), _publish_due)
    jobs.JOBS[together.JOB] = together.work
    jobs.JOBS[telling.JOB] = telling.tell
    jobs.JOBS[connecting.JOB] = _systems(settings, database, clock).job()
    files = FileFolder(settings.var / "files")
    database.info["files"] = files  # a step may produce a document
    return Wiring(
        settings=settings,
        database=database,
        clock=clock,
        mailer=mailer_for(settings),
        files=files,
        jobs=_jobs(database, clock),
    )


def create_app(wiring: Wiring) -> Flask:
    """Return the web application, with the console when it is installed."""
    app = Flask("jalon", static_folder=None, template_folder=str(shell.TEMPLATES))
    app.static_folder = str(resource_folder("static"))
    app.add_url_rule("/static/<path:filename>", "static", shell.static_file)
    shell.prepare(app, wiring)
    web.register(app)
    try:
        import jalon_admin
    except ModuleNotFoundError:  # a deployment may leave the console out
        logging.getLogger("jalon").info("console not installed")
    else:
        jalon_admin.register(app)
    return app


def main() -> None:
    """Run the command `jalon`."""
    cli.main(obj=cli.Composition(read_settings, build, create_app, jobs.run_worker))


def _jobs(database: Database, clock: Clock) -> EmbeddedJobs:
    def given_up(session: Session, job: Job) -> None:
        if job.name == connecting.JOB:
            connecting.give_up(session, job, clock.now())

    if not database.is_postgres:
        return EmbeddedJobs(database, clock, given_up=given_up)
    from jalon.gateways.jobs_postgres import ProcrastinateJobs  # its library is an extra

    return ProcrastinateJobs(database, clock, given_up=given_up)


def _systems(settings: Settings, database: Database, clock: Clock) -> Systems:
    hosts = frozenset(host.strip().lower() for host in settings.connector_hosts.split(",") if host.strip())
    simulate = settings.connectors == "simulateur" or (not settings.connectors and not settings.production)
    secrets = read_secrets(settings.connector_secrets)
    return Systems(database, clock, allowed=hosts, secrets=secrets, simulate=simulate)


def _fire_timers(wiring: Wiring, now: object) -> int:
    """Fire what is due, a few at a time: between two transactions people get as long a turn as the timers had."""
    fired = 0
    while fired < TIMERS_AT_MOST:
        begun = time.monotonic()
        with wiring.database.transaction() as session:
            done = processes.fire_due(session, now, limit=TIMERS_AT_ONCE)
        fired += done
        if done < TIMERS_AT_ONCE:
            break
        time.sleep(time.monotonic() - begun)
    return fired


def _start_processes(wiring: Wiring, now: object) -> int:
    database = wiring.database
    with database.transaction() as session:
        database.info["starts"] = starting.schedule_starts(session, now, database.info.get("starts"))
        return starting.fire_starts(session, now)


def _remind(wiring: Wiring, now: object) -> int:
    with wiring.database.transaction() as session:
        return worklist.send_reminders(session, now)


def _tell_late(wiring: Wiring, now: object) -> int:
    with wiring.database.transaction() as session:
        return worklist.tell_late(session, now)


def _follow_deadlines(wiring: Wiring, now: object) -> int:
    database = wiring.database
    with database.transaction() as session:
        database.info["deadlines"], changed = deadlines.follow_deadlines(session, now, database.info.get("deadlines"))
        return changed


def _publish_due(wiring: Wiring, now: object) -> int:
    with wiring.database.transaction() as session:
        return len(publication.publish_due(session, now))
