"""The list editor: paste from a spreadsheet with a preview of each row, order, close and open again."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from jalon.base.errors import JalonError
from jalon.engines.layering import Op
from jalon.services import configuration
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, number_posted, reading, transaction
from jalon_admin import outlines
from jalon_admin.blueprint import bp
from jalon_admin.changing import ACTIONS, Wrong
from jalon_admin.frame import page
from jalon_admin.looking import Situation, look
from jalon_admin.views.editor.pasting import PastedRow, read_paste

LIST = "/<unit>/list/<key>/editeur"


@bp.get(LIST)
@permission("configuration.voir")
def list_editor(unit: str, key: str) -> ResponseReturnValue:
    """Show the values in order, and where to paste others."""
    return _show(unit, key)


@bp.post(LIST)
@permission("configuration.modifier")
def list_change(unit: str, key: str) -> ResponseReturnValue:
    """Show what a paste would do, put it in the draft, or change one value."""
    text = request.form.get("collage", "")
    try:
        with transaction() as session:
            actor = current_actor()
            situation = look(session, actor, unit, "list", key)
            if request.form.get("action") == "essayer":
                return _show(unit, key, text, read_paste(situation, text))
            ops, said = _asked(situation, text)
            if ops:
                draft = configuration.open_draft(session, actor, situation.unit.id, "list", key)
                configuration.change_draft(session, actor, draft.id, ops, number_posted("version", 1))
    except Wrong as wrong:
        return _show(unit, key, text, message=next(iter(wrong.problems.values()))), 422
    except JalonError as refusal:
        if refusal.status == 404:
            raise
        return _show(unit, key, text, message=refusal.text(_)), refusal.status
    flash(said)
    return redirect(url_for(".list_editor", unit=unit, key=key, _anchor=request.form.get("element") or None), code=303)


def _asked(situation: Situation, text: str) -> tuple[list[Op], str]:
    name = request.form.get("action", "")
    if name == "coller":
        rows = read_paste(situation, text)
        ops = [op for row in rows for op in row.ops]
        done = sum(bool(row.ops) for row in rows)
        said = ngettext("%(num)d valeur est dans le brouillon.", "%(num)d valeurs sont dans le brouillon.", done)
        return ops, str(said)
    if name not in ("monter", "descendre", "deplacer", "fermer", "rouvrir"):
        raise Wrong({"action": _("Cette action n’existe pas.")})
    asked = ACTIONS[name](situation, request.form.to_dict(flat=False))
    return asked.ops, asked.said


def _show(unit: str, key: str, text: str = "", rows: list[PastedRow] | None = None, message: str = "") -> str:
    situation = look(reading(), current_actor(), unit, "list", key)
    counts = {name: sum(row.outcome == name for row in rows or []) for name in ("added", "changed", "same", "refused")}
    return page(
        "editor_list.html",
        situation.unit,
        (situation.title, url_for(".artifact", **situation.address)),
        (_("Éditeur"), ""),
        situation=situation,
        here=situation.address,
        rows=outlines.outline(situation, outlines.ListNames()),
        pasted=rows,
        counts=counts,
        text=text,
        message=message,
        add_lock=situation.container_lock("."),
    )
