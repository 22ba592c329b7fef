"""Papers: joined to a case file, received as answers of a form, given back as downloads that nothing runs."""

from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from markupsafe import Markup

from jalon.base.actor import Actor
from jalon.base.json import canonical
from jalon.engines.forms import Question
from jalon.services import dossiers, worklist
from jalon.services.dossiers import FileRefused
from jalon.services.worklist import TaskPage
from jalon.store.database import Session
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, now, transaction, wiring

bp = Blueprint("papers", __name__, url_prefix="/dossiers")

SEALED = "sandbox; default-src 'none'"
"""What a browser may do with a paper it would show in spite of everything: nothing."""


@bp.post("/<uuid:dossier_id>/pieces")
@permission("dossier.modifier")
def join(dossier_id: UUID) -> ResponseReturnValue:
    """Keep a paper with a case file."""
    given = request.files.get("fichier")
    if given is None or not given.filename:
        flash(gettext("Choisissez d’abord un fichier."), "error")
    else:
        try:
            with transaction() as session:
                kept = dossiers.attach(
                    session,
                    wiring.files,
                    current_actor(),
                    dossier_id,
                    given.filename,
                    given.read(),
                    now(),
                    most_bytes=most_bytes(),
                )
                name = kept.name
            flash(gettext("« {name} » est dans le dossier.").format(name=name))
        except FileRefused as refusal:
            flash(refusal.text(gettext), "error")
    return redirect(url_for("dossiers.show", dossier_id=dossier_id) + "#pieces", code=303)


@bp.get("/pieces/<uuid:document_id>")
@permission("dossier.voir")
def send(document_id: UUID) -> ResponseReturnValue:
    """Give a paper back, to be saved and never run."""
    with transaction() as journal:  # who took what is a journal, in its own short transaction
        paper, content = dossiers.download(journal, wiring.files, current_actor(), document_id, now())
        name, media_type = paper.name, paper.media_type
    return sealed(name, media_type, content)


def sealed(name: str, media_type: str, content: bytes | str) -> Response:
    """Return a download: saved under its name, its type believed, nothing in it run."""
    response = Response(content, mimetype=media_type)
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace(chr(34), "_").replace(chr(92), "_")
    encoded = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Disposition"] = f'attachment; filename="{plain}"{encoded}'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SEALED
    return response


def most_bytes() -> int:
    """Return how large a paper may be."""
    return wiring.settings.max_upload_mb * 1024 * 1024


def received(session: Session, actor: Actor, page: TaskPage) -> tuple[dict[str, str], dict[str, str]]:
    """Keep the files posted with a form; return the answers that name them, by field, and what was refused."""
    answers: dict[str, str] = {}
    refused: dict[str, str] = {}
    for field, given in request.files.items():
        name = field.removesuffix("_file")
        question = _question(page, name) if field != name and given.filename else None
        if question is None:
            continue
        given.seek(0)  # read before by a try that somebody's save undid
        try:
            answer = worklist.keep_file(
                session,
                wiring.files,
                actor,
                page,
                question,
                given.filename or "",
                given.read(),
                now(),
                most_bytes=most_bytes(),
            )
        except FileRefused as refusal:
            refused["/" + "/".join(question.path)] = refusal.text(gettext)
        else:
            answers[name] = answer if isinstance(answer, str) else canonical(answer)
    return answers, refused


def links(session: Session, page: TaskPage, data: dict) -> dict[str, Markup]:
    """Return what to show beside the questions answered by a file, by question uid: its name, to be opened."""
    if page.form is None:
        return {}
    found = worklist.files_in(session, page.form, data)
    by_path = {"/" + "/".join(question.path): question.uid for question in page.form.questions}
    return {
        by_path[where]: Markup('<a href="{}">{}</a>').format(url_for("papers.send", document_id=paper.id), paper.name)
        for where, paper in found.items()
        if where in by_path
    }


def _question(page: TaskPage, name: str) -> Question | None:
    """Return the question a posted file answers; inside rows its field is named after the row."""
    own = name.rpartition("-")[2]
    asked = page.form.every_question() if page.form else ()
    return next((one for one in asked if one.name == own and one.kind in {"file", "image"}), None)
