"""Forms as HTML: what a browser would post from the page is what is stored; everything is labelled."""

import datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from markupsafe import Markup

from engines.forms.strategies import forms_with_answers
from jalon.engines.forms import compile_form, decode, validate
from jalon.engines.forms.texts import same
from jalon.ui.forms import Prefill, bind, post, render, render_schema, review, rows_changed, submit


class Page(HTMLParser):
    """What a browser makes of a fragment: ids, labels, references, and what it would post."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.ids, self.labelled, self.references, self.controls, self.pairs = [], set(), [], [], []
        self.scripts, self.texts, self._select, self._area, self._legends = 0, [], None, None, 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "label":
            self.labelled.add(found["for"])
        self.references.extend((found.get("aria-describedby") or "").split())
        self.references.extend((found.get("aria-labelledby") or "").split())
        if tag == "a" and found["href"].startswith("#"):
            self.references.append(found["href"][1:])
        if tag == "script" or any(name.startswith("on") or name == "style" for name in found):
            self.scripts += 1
        if tag == "input" and found.get("type") != "hidden":
            self.controls.append(found["id"])
        if (tag == "input" and found.get("type") not in {"checkbox", "radio", "file"}) or "checked" in found:
            value = found["value"]
            self.pairs.append(
                (found["name"], value.replace("\n", "").replace("\r", "") if found["type"] == "text" else value)
            )
        if tag == "select":
            self.controls.append(found["id"])
            self._select = [found["name"], None]
        if tag == "option" and self._select and (self._select[1] is None or "selected" in found):
            self._select[1] = found["value"]
        if tag == "textarea":
            self.controls.append(found["id"])
            self._area = [found["name"], ""]

    def handle_data(self, data):
        if self._area is not None:
            self._area[1] += data
        else:
            self.texts.append(data)

    def handle_endtag(self, tag):
        if tag == "select":
            self.pairs.append(tuple(self._select))
            self._select = None
        if tag == "textarea":
            name, text = self._area
            text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n")
            self.pairs.append((name, text.replace("\n", "\r\n")))
            self._area = None

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.mark.req("X6", "X9", "R19")
@settings(max_examples=200, deadline=None)
@given(forms_with_answers())
def test_any_form_is_labelled_and_posts_back_what_it_shows(case):
    schema, data = case
    form = compile_form(schema)
    page = Page(render(form, data))
    assert len(page.ids) == len(set(page.ids))
    assert set(page.controls) <= page.labelled
    assert set(page.references) <= set(page.ids)
    assert page.scripts == 0
    read = decode(form, page.pairs)
    assert read.errors == {}
    assert same(read.data, data), (read.data, page.pairs)


@settings(max_examples=150, deadline=None)
@given(forms_with_answers())
def test_submit_of_post_gives_the_answers_back(case):
    schema, data = case
    ok, answers, errors = submit(schema, post(schema, data))
    assert (ok, errors) == (True, {})
    assert same(answers, data)


NAUGHTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "\u202eabc\u2066",
    "\ufeffx",
    "ligne\r\nautre\rfin\n",
    "\n\nav",
    "é",
    "=1+1",
    "\x1b[31m",
    "𝕏\u200d",
    "NaN",
    "null",
]


@pytest.mark.req("R19", "S9")
@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_texts_are_shown_inert_and_kept_equal(text):
    schema = {
        "type": "object",
        "title": text,
        "properties": {
            "a": {"type": "string", "title": text, "description": text},
            "b": {"type": "string", "maxLength": 5000},
            "c": {"enum": [text, "autre"]},
            "d": {"type": "array", "items": {"type": "string"}},
        },
    }
    data = {"a": text, "b": text, "c": text, "d": [text]}
    form = compile_form(schema)
    page = Page(render(form, data, {"/a": text}))
    assert page.scripts == 0
    assert decode(form, page.pairs).data == data
    assert submit(schema, post(schema, data)) == (True, data, {})
    assert Page(review(form, data, edit_url="/x/{section}")).scripts == 0


@pytest.mark.req("R19")
@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 1_000_001])
def test_what_no_store_keeps_is_refused_with_its_field(text):
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    ok, answers, errors = submit(schema, post(schema, {"a": text, "b": "bien"}))
    assert not ok
    assert answers == {"b": "bien"}
    assert list(errors) == ["/a"]


@pytest.mark.req("S6")
def test_names_that_are_no_field_change_nothing():
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    pairs = [*post(schema, {"a": "x"}), *((f"f{n}", "y") for n in range(2, 10_000)), ("a", "z"), ("__class__", "z")]
    assert submit(schema, pairs) == (True, {"a": "x"}, {})


SCHEMA = {
    "type": "object",
    "required": ["nom", "pays"],
    "properties": {
        "nom": {"type": "string", "title": "Nom", "description": "Comme sur la pièce d’identité."},
        "naissance": {"type": "string", "format": "date", "title": "Date de naissance"},
        "pays": {"type": "string", "title": "Pays", "x-jalon-list": "pays"},
        "permis": {"type": "boolean", "title": "Permis"},
        "raison": {"type": "string", "title": "Raison", "x-jalon-obligation": "save"},
        "postes": {
            "type": "array",
            "title": "Postes",
            "items": {"type": "object", "properties": {"employeur": {"type": "string", "title": "Employeur"}}},
        },
    },
}


def two_pages():
    def control(name, **more):
        return {"type": "Control", "scope": f"#/properties/{name}", **more}

    shown = {"effect": "SHOW", "condition": {"scope": "#/properties/permis", "schema": {"const": False}}}
    pages = [
        ("qui", "Qui", [control("nom"), control("naissance"), control("pays")]),
        ("suite", "Suite", [control("permis"), control("raison", rule=shown), control("postes")]),
    ]
    categories = [
        {"type": "Category", "label": title, "options": {"uid": uid}, "elements": elements}
        for uid, title, elements in pages
    ]
    return compile_form(SCHEMA, {"type": "Categorization", "elements": categories})


PAYS = {
    "pays": [
        {"code": "eu", "label": "Europe"},
        {"code": "fr", "label": "France", "parent": "eu"},
        {"code": "be", "label": "Belgique", "parent": "eu", "closed": True},
        {"code": "dz", "label": "Algérie"},
    ]
}


@pytest.mark.req("C12")
def test_errors_are_listed_on_top_and_told_at_the_field():
    form = two_pages()
    bound = bind(form, [("f1", ""), ("f2", "31/02/2008"), ("f3", "")], section="qui")
    assert not bound.validate(lists=PAYS)
    html = render(form, bound.answers, bound.problems, section="qui", typed=bound.typed, lists=PAYS)
    assert html.index('id="problemes"') < html.index('id="f1"')
    assert '<a href="#f2">Date de naissance : Écrivez une date qui existe' in html
    assert 'aria-describedby="f2-aide f2-erreur" aria-invalid="true"' in html
    assert 'value="31/02/2008"' in html
    assert bound.errors["f1"] == ["Répondez à cette question : elle est obligatoire."]


@pytest.mark.req("C13", "C5")
def test_what_must_be_answered_is_said_in_words():
    text = Page(render(two_pages(), {}, lists=PAYS)).text
    assert "Nom (obligatoire)" in text
    assert "Date de naissance (facultatif)" in text
    assert "Raison (obligatoire pour enregistrer)" in text
    assert not any(word in text for word in ("f1", "x-jalon", "naissance_", "#/properties"))


@pytest.mark.req("C7")
def test_one_page_per_section_or_all_on_one_page():
    form = two_pages()
    assert "Postes" not in Page(render(form, {}, section="qui")).text
    everything = Page(render(form, {}))
    assert {"section-qui", "section-suite"} <= set(everything.ids)


@pytest.mark.req("C14")
def test_known_answers_say_where_they_come_from():
    known = {"nom": Prefill("Camille", date=datetime.date(2026, 3, 12))}
    page = Page(render(two_pages(), {}, prefilled=known))
    assert ("f1", "Camille") in page.pairs
    assert "Repris du dossier, saisi le 12/03/2026" in page.text


@pytest.mark.req("C15")
def test_answers_are_read_again_before_validating():
    html = review(
        two_pages(), {"nom": "A", "permis": True, "raison": "x", "pays": "be"}, lists=PAYS, edit_url="/t/{section}"
    )
    text = Page(html).text
    assert 'href="/t/suite"' in html
    assert "Permis Oui" in text
    assert "Europe › Belgique" in text
    assert "Raison" not in text
    assert "Modifier" not in review(two_pages(), {})


def test_a_condition_is_a_rule_for_the_browser_and_a_sentence_without_it():
    html = render(two_pages(), {"permis": True})
    assert 'data-jalon-rule="{&#34;as&#34;:&#34;boolean&#34;' in html
    assert "À remplir si « Permis » est « Non »." in html


def test_a_list_groups_children_and_keeps_a_closed_value_already_stored():
    html = render(two_pages(), {"pays": "be"}, lists=PAYS)
    assert '<optgroup label="Europe">' in html
    assert "Belgique (n’est plus proposé)" in html
    assert "Belgique" not in render(two_pages(), {"pays": "fr"}, lists=PAYS)


def test_dates_are_text_fields():
    assert 'type="date"' not in render(two_pages(), {})
    assert "JJ/MM/AAAA" in render(two_pages(), {})


def test_rows_are_added_and_dropped_without_javascript():
    form = two_pages()
    empty = Page(render(form, {})).pairs
    one = rows_changed(form, [*empty, ("row_add:f6", "1")], "r1")
    assert decode(form, one).data == {"postes": [{"_id": "r1"}]}
    shown = Page(render(form, {"postes": [{"_id": "r1", "employeur": "A"}, {"employeur": "B"}]})).pairs
    left = rows_changed(form, [*shown, ("row_del:f6:ir1", "1")])
    assert decode(form, left).data == {"postes": [{"employeur": "B"}]}
    assert rows_changed(form, shown) is None


def test_what_was_not_on_the_page_keeps_its_stored_value():
    stored = {"nom": "A", "permis": False, "postes": [{"_id": "r1", "employeur": "X"}]}
    bound = bind(two_pages(), [("f1", "B"), ("f5", "forgé")], stored=stored, section="qui")
    assert bound.answers == {**stored, "nom": "B"}


def test_extras_are_drawn_beside_their_question():
    assert '<a href="/p">d’où ?</a>' in render(two_pages(), {}, extras={"nom": Markup('<a href="/p">d’où ?</a>')})


def test_a_read_only_form_has_no_control():
    assert Page(render(two_pages(), {"nom": "A"}, readonly=True)).controls == []


def test_a_schema_renders_in_one_call():
    assert 'id="f1"' in render_schema({"type": "object", "properties": {"a": {"type": "string"}}})


@pytest.mark.req("X6")
def test_autocomplete_and_inputmode_help_typing():
    schema = {"type": "object", "properties": {"m": {"type": "string", "format": "email"}, "n": {"type": "integer"}}}
    html = render(compile_form(schema), {})
    assert 'inputmode="email" autocomplete="email"' in html
    assert 'inputmode="numeric"' in html


def test_typed_dates_and_amounts_are_read_as_people_write_them():
    schema = {
        "type": "object",
        "properties": {"d": {"type": "string", "format": "date"}, "m": {"type": "number", "x-jalon-kind": "money"}},
    }
    form = compile_form(schema)
    read = decode(form, [("f1", " 1/2/2008 "), ("f2", "1 250,50")])
    assert read.data == {"d": "2008-02-01", "m": 1250.5}
    assert validate(form, read.data).ok


@pytest.mark.req("X9")
@pytest.mark.parametrize(("count", "widget"), [(15, "radio"), (16, "select")])
def test_a_list_that_grew_past_fifteen_values_is_no_more_shown_as_buttons(count, widget):
    schema = {"type": "object", "properties": {"mode": {"type": "string", "x-jalon-list": "modes"}}}
    control = {"type": "Control", "scope": "#/properties/mode", "options": {"widget": "radio"}}
    values = [{"code": f"v{number}", "label": f"Mode {number}"} for number in range(count)]
    html = render(compile_form(schema, control), lists={"modes": values})
    assert (html.count('type="radio"') > 0, html.count("<select") > 0) == (widget == "radio", widget != "radio")
