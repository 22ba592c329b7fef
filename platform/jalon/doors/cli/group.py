"""The group every command belongs to, and what they share: composition, refusals, listings."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import click
from flask import Flask

from jalon import __version__
from jalon.base.errors import ContentRefused, JalonError, Problem
from jalon.base.settings import Settings
from jalon.store.schema import require_ready
from jalon.store.wiring import Wiring


class Composition:
    """How to build the application, when a command needs it."""

    def __init__(
        self,
        read_settings: Callable[[], Settings],
        build: Callable[[Settings], Wiring],
        create_app: Callable[[Wiring], Flask],
        run_worker: Callable[..., int],
    ) -> None:
        self._read_settings = read_settings
        self.build = build
        self.create_app = create_app
        self.run_worker = run_worker  # doors do not import each other: the application hands it over

    @cached_property
    def settings(self) -> Settings:
        """The settings of the environment."""
        return self._read_settings()

    @cached_property
    def wiring(self) -> Wiring:
        """The application, whatever state its database is in."""
        return self.build(self.settings)

    @cached_property
    def ready(self) -> Wiring:
        """The application on a database that is up to date, or a refusal that says what to do."""
        require_ready(self.wiring.database)
        return self.wiring


composed = click.make_pass_decorator(Composition)
as_json = click.option("--json", "as_json", is_flag=True, help="Écrire du JSON.")


class Group(click.Group):
    """Turns a refusal into a sentence on the error stream and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ContentRefused as refusal:
            for problem in refusal.problems:
                click.echo(problem_line(problem), err=True)
            raise SystemExit(1) from refusal
        except JalonError as refusal:
            click.echo(f"{refusal.text()} [{refusal.code}]", err=True)
            raise SystemExit(1) from refusal


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="jalon")
def main() -> None:
    """Formulaires et processus partagés, configurés par niveaux."""


def listing(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], as_json: bool, empty: str) -> None:
    """Print rows as JSON, or as an aligned table with these headings."""
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
        return
    if not rows:
        click.echo(empty)
        return
    table = [list(columns.values())] + [[_cell(row.get(key)) for key in columns] for row in rows]
    widths = [max(len(line[rank]) for line in table) for rank in range(len(columns))]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def problem_line(problem: Problem) -> str:
    """Write a problem on one line: file, line, element, what is wrong."""
    place = ":".join(str(part) for part in (problem.file, problem.line) if part)
    element = f" ({problem.element})" if problem.element else ""
    kind = "erreur" if problem.severity == "error" else "attention"
    return f"{kind} {place}{element} : {problem.message} [{problem.code}]"


def fail_on_errors(problems: Iterable[Problem]) -> None:
    """End with exit code 1 if one of the problems is an error."""
    if any(problem.severity == "error" for problem in problems):
        sys.exit(1)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return "oui" if value is True else "non" if value is False else str(value)
