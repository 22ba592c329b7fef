"""A form as any unit would see it once the drafts are published: the real renderer, nothing written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jalon.engines import forms, layering
from jalon.engines.layering import Level, Op
from jalon.services import configuration
from jalon.services.configuration import levels
from jalon.services.configuration.reading import list_keys
from jalon.store import configuration as store
from jalon.store.configuration import Artifact
from jalon.store.organisations import Unit
from jalon.ui.forms import render
from jalon_admin.sessions import Session

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True)
class Preview:
    """A form rendered, with its sections."""

    form: forms.Form
    html: "Markup"
    section: str
    lists: Mapping[str, list[Any]]


def content_with_drafts(session: Session, artifact: Artifact, unit: Unit, at: Unit) -> Any:
    """Return the content `unit` would have if the open draft of `at` (the unit itself or one above) were published."""
    day = store.today(session, unit.id)
    facts = levels.facts_for(session, artifact.kind, artifact.key)
    chain = levels.chain_of(session, artifact, unit, day)
    revision = store.open_draft(session, artifact.id, at.id)
    drafted: Mapping[str, tuple[Op, ...]] = {}
    if revision:
        pointer = store.pointer_at(session, artifact.id, at.id, day)
        aside = pointer.aside if pointer and pointer.unit_id == at.id else {}
        ops = levels.draft_ops(session, revision)
        drafted = {at.code: tuple(op for op in ops if op.id not in aside)}
    line = [Level(one.unit, drafted.get(one.unit, one.ops)) for one in (*chain.above, chain.own)]
    return layering.resolve(
        artifact.kind, chain.base, line, day.isoformat(), facts=facts, aliases=artifact.aliases
    ).document


def preview(session: Session, artifact: Artifact, unit: Unit, at: Unit, section: str = "", about: str = "") -> Preview:
    """Return a form rendered for a unit, one section of it if asked for, or the one where an item (`about`) stands.

    Raises ContentRefused when the draft makes the form unusable.
    """
    document = content_with_drafts(session, artifact, unit, at)
    form = forms.compile_form(document["schema"], document.get("ui") or {})
    known = {one.uid for one in form.sections}
    chosen = section if section in known else section_of(form, about) if about else ""
    lists = _lists(session, document, unit, at)
    return Preview(form, render(form, None, section=chosen or None, lists=lists), chosen, lists)


def _lists(session: Session, document: Any, unit: Unit, at: Unit) -> dict[str, list[Any]]:
    """Return the values of the lists a form refers to; only those with a draft are worked out again."""
    drafted = {one.artifact_id for one in store.drafts_of(session, [at.id])}
    known = {one.key: one for one in store.artifacts(session, "list")}
    found = {}
    for key in list_keys(document):
        if key not in known:
            continue  # a form may outlive a list; the question then offers nothing
        if known[key].id in drafted:
            found[key] = content_with_drafts(session, known[key], unit, at).get("values", [])
        else:
            found[key] = configuration.content(session, "list", key, unit.id).content.get("values", [])
    return found


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
