"""Steps of a scenario about daily work: start, fill, leave, resume, err, correct, complete, look, explain."""

import json
import threading
from typing import Any

from jalon.base.actor import Actor
from jalon.base.clock import civil_date
from jalon.base.errors import FormInvalid, JalonError
from jalon.base.ids import new_id
from jalon.base.resources import resource_folder
from jalon.doors.cli.scenario import Asked, Stage, expect_tasks, task_named, verb
from jalon.engines.forms import compile_form
from jalon.services import audit, configuration, dossiers, processes, worklist
from jalon.services.configuration.tabular import read_table
from jalon.services.worklist import TaskPage
from jalon.store.database import Session
from jalon.store.dossiers import Dossier

Answers = dict[str, Any]

SAME_DAY = "jour même"
"""Expected as reference date of a decision: the day it was taken, even if midnight has passed since."""


@verb("start")
def start(stage: Stage, asked: Asked) -> None:
    """Start a process at a unit, about a new case file if its first values are given, or one found by its name."""
    with stage.wiring.database.transaction() as session:
        actor = stage.actor(session, asked.login)
        unit_id = stage.unit_id(session, asked.given["unit"])
        now = stage.wiring.clock.now()
        values = dict(asked.given.get("dossier", {}))
        files = None
        if values:
            kind = values.pop("type")
            files = {"principal": dossiers.create(session, actor, kind, unit_id, values, now=now).id}
        elif "about" in asked.given:
            files = {"principal": _dossier(session, actor, asked, asked.given["about"]).id}
        given = asked.given.get("variables")
        run = processes.start(session, actor, asked.given["process"], unit_id, dossiers=files, variables=given, now=now)
        stage.current_run = run.id
    expect_tasks(stage, asked)


@verb("draft")
def draft(stage: Stage, asked: Asked) -> None:
    """Leave a form under way: what was typed is kept, unchecked."""
    with stage.wiring.database.transaction() as session:
        task = task_named(stage, session, asked)
        actor = stage.actor(session, asked.login)
        saved = worklist.save_draft(
            session, actor, task.id, stage.dated(asked.given["answers"]), now=stage.wiring.clock.now()
        )
        asked.expect("saved", saved.version >= 1)


@verb("open_task")
def open_task(stage: Stage, asked: Asked) -> None:
    """Come back to a form: the answers kept are there."""
    with stage.wiring.database.transaction() as session:
        page = _page(stage, session, asked)
        for name, value in asked.expected.get("answers", {}).items():
            asked.must(page.data.get(name) == value, {name: value}, {name: page.data.get(name)})


@verb("complete")
def complete(stage: Stage, asked: Asked) -> None:
    """Complete a task; refused answers are said one by one and nothing of them is lost."""
    with stage.wiring.database.transaction() as session:
        task_id = task_named(stage, session, asked).id
        actor = stage.actor(session, asked.login)
        answers = stage.dated(asked.given.get("answers", {}))
    now = stage.wiring.clock.now()
    try:
        worklist.complete_with_retry(stage.wiring.database, actor, task_id, answers, new_id().hex, now)
    except FormInvalid as refusal:
        found = sorted(refusal.problems)
        asked.must(
            found == sorted(asked.expected.get("invalid", ())), asked.expected.get("invalid", []), refusal.problems
        )
        with stage.wiring.database.transaction() as session:
            worklist.save_draft(session, actor, task_id, answers, now=now, takeover=True)
    else:
        asked.must("invalid" not in asked.expected, asked.expected.get("invalid"), "les réponses ont été acceptées")
    expect_tasks(stage, asked)
    _expect_variables(stage, asked)
    expect_mail(stage, asked)


@verb("see_form")
def see_form(stage: Stage, asked: Asked) -> None:
    """Look at a form as a unit has it: its questions, its choices, where a question comes from."""
    with stage.wiring.database.transaction() as session:
        if "task" in asked.given:
            page = _page(stage, session, asked)
            assert page.form is not None
            form, lists, unit_id, key = page.form, page.lists, page.task.unit_id, page.task.form or ""
            asked.expect("kept", page.form_kept)
            asked.expect("moved", page.form_moved)
        else:
            unit_id, key = stage.unit_id(session, asked.given["unit"]), asked.given["form"]
            closure = configuration.form_closure(session, key, unit_id)
            form, lists = compile_form(closure.schema, closure.ui), closure.lists
        asked_here = set(form.by_uid)
        asked.must(
            set(asked.expected.get("fields", ())) <= asked_here, asked.expected.get("fields"), sorted(asked_here)
        )
        asked.must(not set(asked.expected.get("absent", ())) & asked_here, "absents", sorted(asked_here))
        for name, wanted in asked.expected.get("choices", {}).items():
            codes = _codes(form, lists, name)
            asked.must(set(wanted) <= codes, {name: wanted}, sorted(codes))
        for name, unwanted in asked.expected.get("absent_choices", {}).items():
            codes = _codes(form, lists, name)
            asked.must(not set(unwanted) & codes, f"sans {unwanted}", sorted(codes))
        for uid, label in asked.expected.get("labels", {}).items():
            asked.must(form.by_uid[uid].label == label, {uid: label}, {uid: form.by_uid[uid].label})
        required = {uid for uid, question in form.by_uid.items() if question.required}
        asked.must(set(asked.expected.get("required", ())) <= required, asked.expected.get("required"), required)
        asked.must(not set(asked.expected.get("optional", ())) & required, "facultatives", required)
        for uid, code in asked.expected.get("provenance", {}).items():
            found = configuration.explain(session, "form", key, uid, "label", unit_id).steps[-1].unit
            asked.must(found == code, {uid: code}, {uid: found})


@verb("race")
def race(stage: Stage, asked: Asked) -> None:
    """Have several people complete the same task at the same moment: one wins, the others are told."""
    with stage.wiring.database.transaction() as session:
        task_id = task_named(stage, session, asked).id
        actors = [stage.actor(session, login) for login in asked.given["logins"]]
    answers, now = stage.dated(asked.given["answers"]), stage.wiring.clock.now()
    outcomes: list[str] = []
    together = threading.Barrier(len(actors))

    def submit(actor: Any) -> None:
        together.wait()
        try:
            worklist.complete_with_retry(stage.wiring.database, actor, task_id, answers, new_id().hex, now)
            outcomes.append("")
        except JalonError as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=submit, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked.expect("winners", outcomes.count(""))
    losers = {code for code in outcomes if code}
    asked.must(losers <= {asked.expected.get("losers_code", "")}, asked.expected.get("losers_code"), sorted(losers))
    expect_tasks(stage, asked)


@verb("explain")
def explain(stage: Stage, asked: Asked) -> None:
    """Say where the values of a case file come from, or why a decision was taken."""
    with stage.wiring.database.transaction() as session:
        actor = stage.actor(session, asked.login)
        found = dossiers.search(session, actor, asked.given["dossier"])
        if asked.expected.get("not_found"):
            asked.must(not found, "aucun dossier", [one.name for one in found])
            return
        dossier = _dossier(session, actor, asked, asked.given["dossier"])
        if "decision" in asked.given:
            _expect_decision(stage, session, dossier, asked)
            return
        lines = {line.path: line for line in dossiers.values_with_provenance(session, dossier)}
        for path in asked.given.get("paths", ()):
            asked.must(path in lines, path, sorted(lines))
        for path, value in asked.expected.get("values", {}).items():
            asked.must(lines[path].value == value, {path: value}, {path: lines[path].value})
        for path, login in asked.expected.get("origin", {}).items():
            name = stage.actor(session, login).name
            asked.must(lines[path].actor == name, {path: name}, {path: lines[path].actor})


@verb("advance")
def advance(stage: Stage, asked: Asked) -> None:
    """Let days pass, then do what the clock asks for."""
    from datetime import timedelta

    stage.clock.move_by(timedelta(days=asked.given["days"]))
    with stage.wiring.database.transaction() as session:
        processes.fire_due(session, stage.wiring.clock.now())
    expect_tasks(stage, asked)


@verb("work")
def work(stage: Stage, asked: Asked) -> None:
    """Let the worker do what waits: the answers of other systems, timers, reminders."""
    stage.work()
    expect_tasks(stage, asked)
    _expect_variables(stage, asked)


@verb("verify_audit")
def verify_audit(stage: Stage, asked: Asked) -> None:
    """Verify every chain of the audit log."""
    with stage.wiring.database.transaction() as session:
        report = audit.verify(session)
        asked.expect("intact", report.ok)
        asked.must(report.checked > 0, "des lignes d’audit", report.checked)


def _page(stage: Stage, session: Session, asked: Asked) -> TaskPage:
    task = task_named(stage, session, asked)
    return worklist.task_page(session, stage.actor(session, asked.login), task.id, stage.wiring.clock.now())


def _codes(form: Any, lists: Any, uid: str) -> set[str]:
    question = form.by_uid[uid]
    if question.list_key:
        return {value["code"] for value in lists[question.list_key] if not value.get("closed")}
    return {choice.code for choice in question.choices}


def _expect_variables(stage: Stage, asked: Asked) -> None:
    wanted = asked.expected.get("variables")
    if not wanted or stage.current_run is None:
        return
    with stage.wiring.database.transaction() as session:
        values = processes.variables_of(session, stage.current_run)
    found = {name: _subset(values.get(name), value) for name, value in wanted.items()}
    asked.must(found == wanted, wanted, {name: values.get(name) for name in wanted})


def _subset(found: Any, wanted: Any) -> Any:
    """Keep of a context only what is asked about."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return {key: _subset(found[key], wanted[key]) for key in wanted if key in found}
    return found


def expect_mail(stage: Stage, asked: Asked) -> None:
    """Look in the mailbox for the letter a step announces."""
    address = asked.expected.get("mail_to")
    if address:
        sent_to = [mail.to for mail in stage.mailbox()]
        asked.must(address in sent_to, address, sent_to)


def _dossier(session: Session, actor: Actor, asked: Asked, name: str) -> Dossier:
    found = dossiers.search(session, actor, name)
    asked.must(len(found) == 1, "un dossier", [one.name for one in found])
    return found[0]


def _expect_decision(stage: Stage, session: Session, dossier: Dossier, asked: Asked) -> None:
    """Compare the last decision of that name about a case file: what it read, gave, and the table it was taken on."""
    decision = asked.given["decision"]
    logged = processes.decisions_about(session, dossier.id, decision)
    asked.must(bool(logged), "une décision notée", "aucune")
    taken = logged[0]
    read = " ; ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in taken.inputs.items())
    stage.say(f"       lu : {read}")
    stage.say(f"       règle : {', '.join(map(str, taken.matched))} ; table {taken.snapshot_hash[:12]}")
    stage.say(f"       date de référence : {taken.reference_date}")
    asked.expect("matched", list(taken.matched))
    for name, held in (("inputs", taken.inputs), ("outputs", taken.outputs)):
        wanted = asked.expected.get(name, {})
        found = _subset(held, wanted)
        asked.must(found == wanted, {name: wanted}, {name: held})
    if "reference_date" in asked.expected:
        taken_on = civil_date(taken.at, stage.wiring.settings.zone).isoformat()
        wanted_day = taken_on if asked.expected["reference_date"] == SAME_DAY else asked.expected["reference_date"]
        asked.must(taken.reference_date.isoformat() == wanted_day, wanted_day, taken.reference_date.isoformat())
    if "table" in asked.expected:
        table = configuration.decision(session, decision, taken.unit_id, taken.reference_date)
        asked.must(taken.snapshot_hash == table.hash, table.hash, taken.snapshot_hash)


@verb("import_rows")
def import_rows(stage: Stage, asked: Asked) -> None:
    """Import a table carried by a pack into case files; the rows refused are told with their line."""
    given = asked.given
    file = resource_folder("workflows") / given["pack"] / "data" / given["file"]
    table = read_table(file.read_bytes(), file.name)
    with stage.wiring.database.transaction() as session:
        actor = stage.actor(session, asked.login)
        unit_id = stage.unit_id(session, given["unit"])
        rows = [row.cells for row in table.rows]
        report = dossiers.import_rows(
            session, actor, given["type"], given["form"], rows, unit_id, key=given["key"], now=stage.wiring.clock.now()
        )
    asked.expect("created", report.created)
    asked.expect("refused_lines", sorted({row.line for row in report.refused}))
