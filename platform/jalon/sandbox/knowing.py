"""Without a process: decisions, expressions, forms, values, dates, exports."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from jalon.base.errors import NotFound, Problem
from jalon.engines.expressions import add_duration_text, evaluate, from_json, odd_names, parse, parse_instant, to_json
from jalon.engines.forms import check_value, safe_cell, validate_schema
from jalon.runtime.answers import Decided, Evaluated, Submitted
from jalon.sandbox.arguments import SandboxRefused, guarded, messages, plain, readable
from jalon.sandbox.workshop import Workshop


class Knowing(Workshop):
    """What needs no run."""

    @guarded
    def decide(self, name: str, inputs: Mapping[str, Any] | None = None) -> Decided:
        """Run a decision by id or name."""
        try:
            found = self._decided(name, {**self._names(), **plain(inputs)})
        except LookupError as error:
            raise NotFound(decision=name) from error
        return Decided(found.outputs, found.value, list(found.matched), messages(found.warnings))

    @guarded
    def evaluate(self, expression: str, names: Mapping[str, Any] | None = None) -> Evaluated:
        """Return the value of an expression; an unknown name is null with a warning."""
        values = {name: from_json(value) for name, value in plain(names).items()}
        read = parse(readable(expression, "l’expression"), "expression", odd_names(values))
        outcome = evaluate(read, values, now=self._clock.now(), zone=self.zone, calendar=self.calendar)
        return Evaluated(to_json(outcome.value), messages(outcome.warnings))

    @guarded
    def validate(self, schema: Any, data: Any, formats: bool = True) -> list[Problem]:
        """Return the problems of data against a plain JSON Schema 2020-12."""
        return list(validate_schema(schema, data, formats=formats))

    @guarded
    def render(
        self,
        schema: Mapping[str, Any],
        ui: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        errors: Mapping[str, str] | None = None,
    ) -> str:
        """Return a form as HTML."""
        from jalon.ui.forms import render_schema  # templates are read only when a form is shown

        return str(render_schema(schema, ui, data, errors))

    @guarded
    def post(
        self, schema: Mapping[str, Any], data: Mapping[str, Any], ui: Mapping[str, Any] | None = None
    ) -> list[tuple[str, str]]:
        """Return the pairs a browser would post for these answers."""
        from jalon.ui.forms import post

        return list(post(schema, data, ui))

    @guarded
    def submit(
        self, schema: Mapping[str, Any], pairs: Iterable[tuple[str, str]], ui: Mapping[str, Any] | None = None
    ) -> Submitted:
        """Decode and check posted pairs; `submit(post(d)).data == d`."""
        from jalon.ui.forms import submit

        ok, data, errors = submit(schema, pairs, ui)
        return Submitted(ok, data, errors)

    @guarded
    def check_value(self, kind: str, text: str) -> tuple[bool, str, str]:
        """Check one value of a known kind: (ok, normalised text, French message)."""
        return check_value(readable(kind, "le genre"), readable(text, "la valeur"))

    @guarded
    def add_duration(self, moment: str, duration: str, zone: str | None = None) -> str:
        """Add an ISO 8601 duration to a date or a date and time, in civil time."""
        return add_duration_text(moment, duration, zone)

    @guarded
    def is_working_day(self, day: str) -> bool:
        """Tell whether a day is worked in the workshop's calendar."""
        found = parse_instant(day)
        return self.calendar.is_working_day(found.date() if isinstance(found, datetime) else found)

    @guarded
    def export_csv(self, rows: Sequence[Mapping[str, Any]], delimiter: str = ",") -> str:
        """Write rows as CSV that no spreadsheet will run."""
        if len(delimiter) != 1:
            raise SandboxRefused(reason="le séparateur est un seul caractère")
        columns = list(dict.fromkeys(name for row in rows for name in row))
        written = io.StringIO()
        writer = csv.writer(written, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow([safe_cell(name) for name in columns])
        writer.writerows([[safe_cell(row.get(name)) for name in columns] for row in rows])
        return written.getvalue()
