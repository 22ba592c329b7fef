"""Steps of a scenario about the outside: a partner's link, a machine that dies."""

import multiprocessing
import os
import re
import signal
from datetime import datetime
from typing import Any
from uuid import UUID

from jalon.base.errors import JalonError
from jalon.base.ids import new_id
from jalon.doors.cli.scenario import Asked, Stage, expect_tasks, task_named, verb
from jalon.doors.cli.scenario_work import expect_mail
from jalon.services import worklist
from jalon.store.database import Database


@verb("partner_open")
def partner_open(stage: Stage, asked: Asked) -> None:
    """Open the link received by mail: it explains, shows nothing it should not, and consumes nothing."""
    now, token = stage.wiring.clock.now(), _token(stage, asked)
    with stage.wiring.database.transaction() as session:
        link = worklist.open_link(session, token, now)
        asked.expect("closed", bool(link.reason))
        if link.reason:
            return
        own = worklist.link_page(session, worklist.start_link_session(session, token, now), now)
        shown = " ".join([link.title, link.why, str(own.page.data), str(own.page.prefilled), str(own.page.facts)])
        for text in asked.expected.get("shows", ()):
            asked.must(text in shown, text, shown)
        for text in asked.expected.get("hides", ()):
            asked.must(text not in shown, f"sans « {text} »", shown)


@verb("partner_complete")
def partner_complete(stage: Stage, asked: Asked) -> None:
    """Answer through the link, without an account."""
    now, link = stage.wiring.clock.now(), _token(stage, asked)
    with stage.wiring.database.transaction() as session:
        token = worklist.start_link_session(session, link, now)
    answers = stage.dated(asked.given["answers"])
    worklist.retried(
        stage.wiring.database, lambda session: worklist.complete_by_link(session, token, answers, new_id().hex, now)
    )
    expect_tasks(stage, asked)
    expect_mail(stage, asked)


@verb("crash_during_submit")
def crash_during_submit(stage: Stage, asked: Asked) -> None:
    """Kill the process that submits, before its commit then just after, and send the same submission again.

    Killed before: nothing happened, the task is still open. Killed after, before any answer reached the
    browser: it happened once, and sending again shows that same result.
    """
    database = stage.wiring.database
    with database.transaction() as session:
        task_id = task_named(stage, session, asked).id
        actor = stage.actor(session, asked.login)
    answers, token, now = stage.dated(asked.given["answers"]), new_id().hex, stage.wiring.clock.now()
    for committed in (False, True):
        _die_submitting(stage, (asked.login or "", task_id, answers, token, now, committed))
        with database.transaction() as session:
            kept = worklist.submission_count(session, task_id)
        asked.must(kept == int(committed), f"{int(committed)} envoi gardé", f"{kept} envoi gardé")
    done = worklist.complete_with_retry(database, actor, task_id, answers, token, now)
    asked.must(done.already, "le même résultat montré de nouveau", "une seconde saisie")
    with database.transaction() as session:
        asked.expect("submissions", worklist.submission_count(session, task_id))
    expect_tasks(stage, asked)


def _die_submitting(stage: Stage, submission: tuple[str, UUID, Any, str, datetime, bool]) -> None:
    stage.wiring.database.close()  # connections must not be shared with the child
    arguments = (stage.wiring.database.url, stage.wiring.settings.secret_key, *submission)
    child = multiprocessing.get_context("spawn").Process(target=_submit_and_die, args=arguments)
    child.start()
    child.join(timeout=60)
    if child.exitcode != -signal.SIGKILL:
        raise CrashMissed(exit=child.exitcode)


class CrashMissed(JalonError):
    """The process that had to die did not."""

    code, message = "scenario.panne", "Le processus devait être tué pendant l’envoi ; il a fini avec le code {exit}."


def _submit_and_die(
    url: str, secret: str, login: str, task_id: UUID, answers: Any, token: str, now: datetime, committed: bool
) -> None:
    from jalon.services import access
    from jalon.store import people

    database = Database(url, secret=secret)
    with database.transaction() as session:
        person = people.person_by_login(session, login)
        assert person is not None
        actor = access.actor_for(session, person)
        worklist.complete_task(session, actor, task_id, answers, token, now)
        if not committed:
            os.kill(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _token(stage: Stage, asked: Asked) -> str:
    letters = [mail for mail in stage.mailbox() if mail.to == asked.given["recipient"] and "/lien/" in mail.text]
    asked.must(bool(letters), f"un courriel avec un lien pour {asked.given['recipient']}", "aucun")
    found = re.search(r"/lien/([\w-]+)", letters[-1].text)
    assert found is not None
    return found[1]
