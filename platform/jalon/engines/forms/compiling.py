"""Turn a JSON Schema and its UI schema into a `Form`."""

from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
from typing import Any

from jalon.base.errors import ContentRefused
from jalon.base.json import NotJson, content_hash
from jalon.engines.expressions import parse
from jalon.engines.forms.building import Builder
from jalon.engines.forms.definitions import definition_problems
from jalon.engines.forms.languages import translated
from jalon.engines.forms.linting import rule_problems
from jalon.engines.forms.model import Form, Needs

FORMAT_VERSION = "form-1"
MAX_KEPT = 512

_kept: OrderedDict[str, Form] = OrderedDict()
_lock = Lock()


def compile_form(schema: Mapping[str, Any], ui: Mapping[str, Any] | None = None) -> Form:
    """Return the compiled form, kept in memory by content hash; ContentRefused when it cannot be used."""
    key = _key(schema, ui)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    problems = [problem for problem in definition_problems(schema, ui) if problem.severity == "error"]
    if problems:
        raise ContentRefused(problems)
    builder = Builder(schema, ui or {})
    form = builder.form(key)
    problems = builder.errors or list(rule_problems(form))
    if problems:
        raise ContentRefused(problems)
    with _lock:
        _kept[key] = form
        while len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return form


@lru_cache(maxsize=MAX_KEPT)
def in_language(form: Form, language: str) -> Form:
    """Return the form with its labels in a language; the same one when nobody translated any."""
    schema, ui = translated(form.schema, language), translated(form.ui, language)
    return form if (schema, ui) == (form.schema, form.ui) else compile_form(schema, ui)


def needs(form: Form) -> Needs:
    """Return the lists, look-ups and facts to fetch before showing or checking the form."""
    questions = list(form.every_question())
    lists = [question.list_key for question in questions if question.list_key and question.kind != "dossier"]
    lookups = [(q.uid, q.kind) for q in questions if q.kind == "dossier" or (q.kind == "commune" and not q.list_key)]
    sources = [question.computed for question in questions if question.computed] + list(_expressions(form))
    own = set(form.schema.get("properties", {}))
    facts = {name.split(".")[0] for source in sources for name in parse(source).names} - own
    return Needs(tuple(dict.fromkeys(lists)), tuple(lookups), tuple(sorted(facts)))


def bindings(form: Form) -> dict[str, str]:
    """Return {uid of the question: bind path} for what is written to a dossier."""
    return {question.uid: question.bind for question in form.every_question() if question.bind}


def _expressions(form: Form) -> list[str]:
    found: list[str] = []
    stack: list[Any] = list(form.sections)
    while stack:
        element = stack.pop()
        leaves = (leaf for rule in element.rules for leaf in rule.leaves)
        found.extend(leaf.expression for leaf in leaves if leaf.expression)
        stack.extend(getattr(element, "elements", ()))
    return found


def _key(schema: Any, ui: Any) -> str:
    try:
        return content_hash({"schema": schema, "ui": ui}, FORMAT_VERSION)
    except (TypeError, ValueError, RecursionError) as error:
        raise NotJson(reason="le schéma contient autre chose que du JSON") from error
