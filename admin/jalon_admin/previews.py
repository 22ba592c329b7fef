"""A form as a unit would see it once the drafts are published: the real renderer, nothing written (A12)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jalon.base.actor import Actor
from jalon.engines import forms
from jalon.services import configuration, prototyping
from jalon.services.configuration import FormClosure
from jalon.services.processes.compiling import program_of
from jalon.services.prototyping import Sample
from jalon.store import configuration as store
from jalon.store.configuration import Artifact
from jalon.store.organisations import Unit
from jalon.ui.forms import bind, render
from jalon.ui.marks import beside
from jalon.ui.request import current_actor, now
from jalon_admin.sessions import Session

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True)
class Preview:
    """A form rendered, with its sections; `errors` counts what is wrong in what was tried, None when nothing was."""

    form: forms.Form
    html: "Markup"
    section: str
    lists: Mapping[str, Sequence[Any]]
    errors: int | None = None


def closure_with_drafts(session: Session, actor: Actor, key: str, unit: Unit, at: Unit) -> FormClosure:
    """Return a form and its lists as `unit` would have them if the open drafts of `at` were published."""
    drafts = [one.id for one in store.drafts_of(session, [at.id])]
    if not drafts:
        return configuration.form_closure(session, key, unit.id)
    return configuration.preview(session, actor, drafts, unit.id).form_closure(key)


def preview(
    session: Session,
    artifact: Artifact,
    unit: Unit,
    at: Unit,
    section: str = "",
    about: str = "",
    *,
    sample: Sample | None = None,
    readonly: bool = False,
    tried: Iterable[tuple[str, str]] | None = None,
) -> Preview:
    """Return a form rendered for a unit, one section of it if asked for, or the one where an item (`about`) stands.

    A sample person's answers fill it; what was `tried` is checked as a real answer would be, and kept nowhere.
    Raises ContentRefused when the draft makes the form unusable.
    """
    closure = closure_with_drafts(session, current_actor(), artifact.key, unit, at)
    form = forms.compile_form(closure.schema, closure.ui)
    known = {one.uid for one in form.sections}
    chosen = section if section in known else section_of(form, about) if about else ""
    lists, shown = closure.lists, chosen or None
    if tried is not None:
        bound = bind(form, tried, section=shown)
        bound.validate(lists=lists)
        html = render(form, bound.answers, bound.problems, section=shown, lists=lists, typed=bound.typed)
        return Preview(form, html, chosen, lists, len(bound.problems))
    extras = beside(session, current_actor(), form, artifact.key, at)
    data = prototyping.fill(form, {}, lists=lists, now=now(), sample=sample).data if sample else {}
    html = render(form, data, section=shown, lists=lists, extras=extras, readonly=readonly)
    return Preview(form, html, chosen, lists)


@dataclass(frozen=True, slots=True)
class Asked:
    """A step of a process that asks a form, and the role that answers it."""

    process: str
    task: str
    role: str


def asked_by(session: Session, key: str, unit: Unit) -> list[Asked]:
    """Return the steps that ask a form at a unit."""
    found = []
    for reader in store.readers_of(session, "form", key):
        if reader.reader_kind != "process":
            continue
        process = configuration.process(session, reader.reader_key, unit.id)
        program = program_of(process.key, process.hash, process.content)
        title = program.title or process.key
        found += [Asked(title, node.name, node.role or "") for node in program.nodes.values() if node.form == key]
    return list(dict.fromkeys(found))


def section_of(form: forms.Form, uid: str) -> str:
    """Return the section that shows a question, "" when none does."""
    name = uid.removeprefix("layout:")
    for section in form.sections:
        if section.uid == name or any(_holds(element, name) for element in section.elements):
            return section.uid
    return ""


def _holds(element: Any, name: str) -> bool:
    if element.uid == name or name.startswith(f"{element.uid}."):
        return True
    return any(_holds(inner, name) for inner in getattr(element, "elements", ()))
