"""The variants of a process: options, slots, roles, deadlines, automatic steps, beside its drawing, pruned."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import JalonError, NotFound
from jalon.engines.layering import ROOT
from jalon.engines.layering.kinds.process_parameters import PARAM
from jalon.engines.processes import read_bpmn
from jalon.engines.processes.drawing import read_drawing
from jalon.engines.processes.program import Program
from jalon.engines.processes.pruning import pruned, switched_off
from jalon.services import configuration
from jalon.services.processes.actions import INFOS
from jalon.store import configuration as store
from jalon.ui.permissions import permission
from jalon.ui.process_map import draw
from jalon.ui.request import current_actor, number_posted, reading, transaction
from jalon_admin import values
from jalon_admin.blueprint import bp
from jalon_admin.changing import ACTIONS, Wrong
from jalon_admin.frame import page
from jalon_admin.looking import Situation, look
from jalon_admin.sessions import Session

VARIANTS = "/<unit>/process/<key>/variantes"
SETTINGS = {"option": "default", "slot": "bound", "lane": "role", "param": "value"}


@dataclass(frozen=True)
class Setting:
    """One thing a level sets: an option, a slot, the role of a lane, a deadline, a parameter and its type in words."""

    uid: str
    label: str
    editor: values.Editor
    choices: list[tuple[str, str]]
    type: str = ""


@dataclass(frozen=True)
class Automatic:
    """One automatic step: what it asks for, the parameters a level sets, and those the process keeps to itself."""

    label: str
    action: str
    settings: list[Setting]
    fixed: list[tuple[str, str]]


@dataclass(frozen=True)
class Step:
    """One step of the process in the equivalent list: who does it, whether this variant leaves it out."""

    label: str
    role: str
    off: bool


@bp.get(VARIANTS)
@permission("configuration.voir")
def variants(unit: str, key: str) -> ResponseReturnValue:
    """Show the settings of a process, its drawing and the same as a list."""
    return _show(look(reading(), current_actor(), unit, "process", key))


@bp.post(VARIANTS)
@permission("configuration.modifier")
def variants_change(unit: str, key: str) -> ResponseReturnValue:
    """Put one setting in the draft, of the process or of its deadlines; or inherit again."""
    message, status = "", 200
    kind = "deadlines" if request.form.get("echeances") else "process"
    try:
        with transaction() as session:
            said = _change(session, unit, kind, request.form.get("echeances") or key)
    except Wrong as wrong:
        message, status = next(iter(wrong.problems.values())), 422
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        message, status = refusal.text(_), refusal.status
    if message:
        return _show(look(reading(), current_actor(), unit, "process", key), message), status
    flash(said)
    return redirect(url_for(".variants", unit=unit, key=key, _anchor=request.form.get("element") or None), code=303)


def _change(session: Session, unit: str, kind: str, key: str) -> str:
    actor = current_actor()
    situation = look(session, actor, unit, kind, key)
    draft = situation.draft or configuration.open_draft(session, actor, situation.unit.id, kind, key)
    version = number_posted("version", 1)
    if request.form.get("action") == "retablir":
        uid, prop = request.form.get("element", ""), request.form.get("prop", "")
        configuration.restore(session, actor, draft.id, uid, prop, version)
        return _("La valeur héritée est rétablie dans le brouillon.")
    asked = ACTIONS["enregistrer"](situation, request.form.to_dict(flat=False))
    if not asked.ops:
        return _("Rien n’a changé.")
    configuration.change_draft(session, actor, draft.id, asked.ops, version)
    return asked.said


def _show(situation: Situation, message: str = "") -> str:
    session = reading()
    program = program_of(situation)
    full = request.args.get("vue") == "entiere"
    off = switched_off(program, options_of(situation)) if program else frozenset()
    drawing = read_drawing(str(situation.now.document.get("bpmn", "")).encode())
    shown = drawing if full or drawing is None else pruned(drawing, off)
    return page(
        "editor_variants.html",
        situation.unit,
        (situation.title, url_for(".artifact", **situation.address)),
        (_("Variantes"), ""),
        situation=situation,
        here=situation.address,
        options=_settings(situation, "option"),
        slots=_settings(situation, "slot"),
        lanes=_settings(situation, "lane"),
        automatic=_automatic(situation, program) if program else [],
        deadlines=_deadlines(session, situation),
        picture=draw(shown, {}, situation.title) if shown else None,
        full=full,
        steps=_steps(program, off) if program else [],
        left_out=len(off & set(program.nodes)) if program else 0,
        message=message,
    )


def program_of(situation: Situation) -> Program | None:
    """Return the process as the engine runs it, None when it cannot be read."""
    key = situation.artifact.key
    xml = str(situation.now.document.get("bpmn", "")).encode()
    found = read_bpmn({f"{key}.bpmn": xml}).processes
    return next((one.program for one in found if one.program and one.key == key), None)


def options_of(situation: Situation) -> dict[str, Any]:
    """Return the value of each option here, drafts included."""
    items = situation.now.atoms.items
    return {uid.removeprefix("option:"): items[uid].get("default") for uid in items if uid.startswith("option:")}


def _settings(situation: Situation, sort: str) -> list[Setting]:
    atoms = situation.now.atoms
    prop = SETTINGS[sort]
    found = []
    for uid in atoms.children(ROOT):
        item = atoms.items[uid]
        if not (item.get("element") == "lane" if sort == "lane" else uid.startswith(f"{sort}:")):
            continue
        editor = values.editor(situation, uid, prop)
        kind = _types().get(str(item.get("type") or "expression"), "") if sort == "param" else ""
        found.append(Setting(uid, situation.label(uid), editor, _choices(editor, sort), kind))
    return found


def _choices(editor: values.Editor, sort: str) -> list[tuple[str, str]]:
    """Return what a setting may be: the sub-processes allowed in a slot by their titles, the roles by their names."""
    if sort in ("option", "param") and editor.widget == "yes_no":
        return [("oui", _("Oui")), ("non", _("Non"))]
    if sort == "lane":
        roles = store.current_content(reading(), "roles", "roles") or {}
        known = {str(code): str(role.get("label", code)) for code, role in roles.get("roles", {}).items()}
        return [(code, label) for code, label in {editor.text: editor.text, **known}.items() if code]
    titles = {one.key: one.title or one.key for one in store.artifacts(reading(), "process")} if sort == "slot" else {}
    return [(one.code, titles.get(one.code, one.label)) for one in editor.choices]


def _types() -> dict[str, str]:
    return {
        "text": _("texte"),
        "number": _("nombre"),
        "boolean": _("oui ou non"),
        "date": _("date"),
        "duration": _("durée"),
        "choice": _("choix"),
        "expression": _("expression"),
    }


def _automatic(situation: Situation, program: Program) -> list[Automatic]:
    """Return the automatic steps in the order of the process, what a level may set first."""
    open_here = {one.uid: one for one in _settings(situation, "param")}
    found = []
    for node in program.nodes.values():
        if not node.action:
            continue
        info = INFOS.get(node.action)
        names = {one.name: one.label for one in info.parameters} if info else {}
        uids = {line.name: f"{PARAM}{node.id}:{line.name}" for line in node.assignments}
        settings = [open_here[uid] for uid in uids.values() if uid in open_here]
        fixed = [
            (names.get(line.name, line.name), line.expression)
            for line in node.assignments
            if uids[line.name] not in open_here
        ]
        found.append(Automatic(node.name or node.id, info.title if info else node.action, settings, fixed))
    return sorted(found, key=lambda one: not one.settings)


@dataclass(frozen=True)
class Deadlines:
    """The deadlines of the process: their artifact, the version of its draft, each with its number."""

    key: str
    version: Any
    rows: list[tuple[Setting, str]]


def _deadlines(session: Session, situation: Situation) -> Deadlines | None:
    words = {"jours": _("jours"), "ouvres": _("jours ouvrés"), "ouvrables": _("jours ouvrables"), "mois": _("mois")}
    for artifact in store.artifacts(session, "deadlines"):
        try:
            at = look(session, situation.actor, situation.unit.code, "deadlines", artifact.key)
        except NotFound:
            continue
        if at.now.document.get("process") != situation.artifact.key:
            continue
        rows = []
        for uid in at.now.atoms.children(ROOT):
            item = at.now.atoms.items[uid]
            unit = words.get(str(item.get("unit")), str(item.get("unit")))
            rows.append((Setting(uid, at.label(uid), values.editor(at, uid, "n"), []), unit))
        return Deadlines(artifact.key, at.draft.row_version if at.draft else "", rows)
    return None


def _steps(program: Program, off: frozenset[str]) -> list[Step]:
    return [
        Step(node.title or node.name or node.id, node.role or "", node.id in off)
        for node in program.nodes.values()
        if node.is_activity
    ]
