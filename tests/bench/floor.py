"""The floor: the least a web page with a form, a database and an engine can cost, without any of our features.

Flask, SQLAlchemy, jsonschema and Jinja, each used as its documentation shows: one query for the person, one for the
task, the form checked by jsonschema, a token moved in a JSON state, the answers kept, one commit. No permissions, no
drafts, no provenance, no audit, no rules, no layers, no BPMN.
"""

import json
from typing import Any

from flask import Flask, abort, redirect, render_template_string, request, session
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import JSON, ForeignKey, String, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><main><h1>{{ title }}</h1>
<form method="post">
{% for name, field in fields.items() %}
<div class="mb-3"><label for="{{ name }}">{{ field.title }}</label>
{% if field.enum %}<select id="{{ name }}" name="{{ name }}">
{% for value in field.enum %}<option{% if data.get(name) == value %} selected{% endif %}>{{ value }}</option>
{% endfor %}
</select>{% else %}<input id="{{ name }}" name="{{ name }}" value="{{ data.get(name, '') }}">{% endif %}</div>
{% endfor %}
<button type="submit">Terminer</button></form></main></body></html>"""


class Base(DeclarativeBase):
    """The tables of the floor."""


class Person(Base):
    """Somebody who signs in."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))


class Run(Base):
    """A run: where its token is, what was answered."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    variables: Mapped[dict[str, Any]] = mapped_column(JSON)


class Task(Base):
    """A task of a run."""

    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    element: Mapped[str]
    state: Mapped[str]
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)


def make_app(url: str, schema: dict[str, Any], steps: int, runs: int) -> Flask:
    """Return the application with that many runs, each on its first task; the first person is signed in by `/in`."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as filling:
        filling.add(Person(id=1, name="Amina K."))
        for number in range(1, runs + 1):
            filling.add(Run(id=number, state=json.dumps({"at": 0}), variables={}))
            filling.add(Task(id=number, run_id=number, element="e0", state="ready", answers={}))
        filling.commit()
    app = Flask("floor")
    app.config.update(SECRET_KEY="floor" * 8)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    fields = schema["properties"]

    @app.get("/in")
    def sign_in() -> str:
        session["person"] = 1
        return "ok"

    @app.get("/tasks/<int:task_id>")
    def show(task_id: int) -> str:
        with Session(engine) as reading:
            _person(reading)
            task = reading.get(Task, task_id) or abort(404)
            return render_template_string(PAGE, title=task.element, fields=fields, data=task.answers)

    @app.post("/tasks/<int:task_id>")
    def complete(task_id: int) -> Any:
        with Session(engine) as writing, writing.begin():
            _person(writing)
            task = writing.get(Task, task_id) or abort(404)
            data = {name: _read(fields[name], request.form.getlist(name)) for name in fields if request.form.get(name)}
            if task.state != "ready" or any(validator.iter_errors(data)):
                abort(422)
            run = writing.get(Run, task.run_id) or abort(404)
            state = json.loads(run.state)
            state["at"] += 1
            run.state, run.variables = json.dumps(state), {**run.variables, **data}
            task.state, task.answers = "done", data
            if state["at"] < steps:
                writing.add(Task(run_id=run.id, element=f"e{state['at']}", state="ready", answers={}))
        return redirect(f"/tasks/{task_id}", 303)

    return app


def _person(reading: Session) -> Person:
    return reading.scalars(select(Person).where(Person.id == session.get("person"))).first() or abort(401)


def _read(field: dict[str, Any], texts: list[str]) -> Any:
    kind = field.get("type")
    if kind == "array":
        return texts
    if kind == "boolean":
        return texts[0] == "true"
    return {"integer": int, "number": float}.get(str(kind), str)(texts[0])


def _prepare(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # as durable as what it is compared with
