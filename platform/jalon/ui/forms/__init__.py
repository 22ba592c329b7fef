"""Forms as HTML: WTForms binds and reports, macros render; no Flask, no application context needed.

bound = bind(form, pairs, stored=answers)      # a WTForms form
if bound.validate(lists=lists):
save(bound.answers)
html = render(form, bound.answers, bound.problems, typed=bound.typed, lists=lists)
"""

from jalon.ui.forms.fields import BoundForm, bind, form_class
from jalon.ui.forms.rendering import render
from jalon.ui.forms.reviewing import review
from jalon.ui.forms.rowactions import rows_changed
from jalon.ui.forms.shortcuts import post, render_schema, submit
from jalon.ui.forms.views import Prefill

__all__ = [
    "BoundForm",
    "Prefill",
    "bind",
    "form_class",
    "post",
    "render",
    "render_schema",
    "review",
    "rows_changed",
    "submit",
]
