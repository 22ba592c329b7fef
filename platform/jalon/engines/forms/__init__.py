"""Forms: JSON Schema 2020-12 + JSON Forms UI schema, compiled, checked, posted and displayed.

Everything is plain data: answers are JSON objects, errors map a JSON pointer (`/adresse/ville`) to a French
sentence. `compile_form` is the door; the rest takes the compiled `Form`.

    form = compile_form(schema, ui)
    decoded = decode(form, pairs, stored=answers, section="identite")
    checked = validate(form, decoded.data, lists={"pays": values}, facts=facts, stored=answers)
"""

from jalon.engines.forms.cells import safe_cell
from jalon.engines.forms.checking import REQUIRED_TO_SAVE, unanswered, validate
from jalon.engines.forms.compiling import bindings, compile_form, in_language, needs
from jalon.engines.forms.computing import with_computed
from jalon.engines.forms.conditions import browser_rules, holds, sentence
from jalon.engines.forms.decoding import decode
from jalon.engines.forms.display import display, in_words, summary
from jalon.engines.forms.encoding import encode
from jalon.engines.forms.languages import lists_in_language
from jalon.engines.forms.linting import lint
from jalon.engines.forms.model import (
    Checked,
    Choice,
    Decoded,
    Form,
    Group,
    Needs,
    Question,
    Rule,
    Section,
    Text,
    Visibility,
)
from jalon.engines.forms.numbers import check_value
from jalon.engines.forms.rows import with_row_ids
from jalon.engines.forms.schemas import validate_schema
from jalon.engines.forms.visibility import visible

__all__ = [
    "REQUIRED_TO_SAVE",
    "Checked",
    "Choice",
    "Decoded",
    "Form",
    "Group",
    "Needs",
    "Question",
    "Rule",
    "Section",
    "Text",
    "Visibility",
    "bindings",
    "browser_rules",
    "check_value",
    "compile_form",
    "decode",
    "display",
    "encode",
    "holds",
    "in_language",
    "in_words",
    "lint",
    "lists_in_language",
    "needs",
    "safe_cell",
    "sentence",
    "summary",
    "unanswered",
    "validate",
    "validate_schema",
    "visible",
    "with_computed",
    "with_row_ids",
]
