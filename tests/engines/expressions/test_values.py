"""What expressions give: arithmetic, comparison, logic, lists, contexts, dates."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from jalon.engines.expressions import Months, Range, evaluate, matches, parse, to_json

NOW = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
CASE = {
    "age": 19,
    "permis": False,
    "nom": "Inès",
    "inconnu": None,
    "taux": 0.1,
    "Date De Début": "2026-02-01",
    "dossier": {
        "contact": {"ville": "Toulouse"},
        "naissance": "2006-05-04",
        "experiences": [
            {"employeur": "A", "mois": 3},
            {"employeur": "B", "mois": 14},
        ],
    },
    "notes": [1, 2, 3, 4],
}


def value(source, **names):
    return evaluate(source, {**CASE, **names}, now=NOW).value


def plain(source, **names):
    return to_json(value(source, **names))


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ** 3 ** 2", 64),
        ("-2 ** 2", 4),
        ("7 / 2", 3.5),
        ("0.1 + 0.2", 0.3),
        ("taux * 3", 0.3),
        ("1e3", 1000),
        (".5", 0.5),
        ('"a" + "b"', "ab"),
        ('"ligne\\n\\u00e9\\U01F600"', "ligne\né😀"),
        ("age >= 16 and age < 26", True),
        ("age between 16 and 25", True),
        ("age entre 20 et 25", False),
        ("age in [16..19)", False),
        ("age in ]16..19]", True),
        ("age in (16..19[", False),
        ("age dans (1, 19, 20)", True),
        ("age in (< 5, > 18)", True),
        ("age in notes", False),
        ("si age >= 18 alors \"majeur\" sinon \"mineur\"", "majeur"),
        ("if null then 1 else 2", 2),
        ("si age < 5 alors 1 sinon si age < 20 alors 2 sinon 3", 2),
        ("vrai et non(faux)", True),
        ("non permis", True),
        ("non est defini(inconnu)", True),
        ("permis = faux ou nul", True),
        ("nom != \"Ines\"", True),
        ("for x in 1..3 return x * x", [1, 4, 9]),
        ("for x in 3..1 return x", [3, 2, 1]),
        ("for x in [1, 2], y in [x, 10] return x * y", [1, 10, 4, 20]),
        ("pour x dans notes retourner x + 1", [2, 3, 4, 5]),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", [1, 1, 2, 6, 24]),
        ("some x in notes satisfies x > 3", True),
        ("chaque x dans notes satisfait x > 3", False),
        ("quelque x dans notes satisfait x > 9", False),
        ("notes[1]", 1),
        ("notes[-1]", 4),
        ("notes[9]", None),
        ("notes[item > 2]", [3, 4]),
        ("notes[age - 18]", 1),
        ("dossier.contact.ville", "Toulouse"),
        ("dossier.experiences.mois", [3, 14]),
        ("dossier.experiences[mois > 12].employeur", ["B"]),
        ("dossier.experiences[mois > 12].employeur = \"B\"", True),
        ("sum(dossier.experiences.mois)", 17),
        ("{a: 1, b: a + 1}.b", 2),
        ("{\"a b\": 1}.a b", 1),
        ("{f: function(x, y) x + y, r: f(1, 2)}.r", 3),
        ("{f: function(x, y) x - y, r: f(y: 1, x: 2)}.r", 1),
        ("(function(x) x * 2)(4)", 8),
        ("age instance of number", True),
        ("nom instance of string", True),
        ("@\"2026-01-01\" instance of date", True),
        ("[1, [2]] = [1, [2]]", True),
        ("{a: 1} = {a: 1.0}", True),
        ("null = null", True),
        ("inconnu != null", False),
        ("Date De Début = date(\"2026-02-01\")", True),
        ("substring(string: \"bonjour\", start position: 4)", "jour"),
        ("// un commentaire\n1 /* et\n un autre */ + 1", 2),
    ],
)  # fmt: skip
def test_values(source, result):
    assert plain(source) == result
    assert evaluate(source, CASE, now=NOW).warnings == ()


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("true and null", None),
        ("false and null", False),
        ("true or null", True),
        ("false or null", None),
        ("not(null)", None),
        ("null < 3", None),
        ("null + 1", None),
        ("some x in [null, true] satisfies x", True),
        ("every x in [null, true] satisfies x", None),
        ("every x in [] satisfies x", True),
        ("null in (1, 2)", False),
    ],
)
def test_null_has_three_valued_logic_without_a_notice(source, result):
    assert evaluate(source, {}) == type(evaluate(source, {}))(result)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("absent", "nom.inconnu"),
        ("dossier.contact.pays", "chemin.absent"),
        ("dossier.experiences.pays", "chemin.absent"),
        ("age.pays", "chemin.absent"),
        ("1 / 0", "division.zero"),
        ("0 / 0", "division.zero"),
        ("modulo(1, 0)", "division.zero"),
        ("1 + \"a\"", "type.calcul"),
        ("1 < \"a\"", "type.comparaison"),
        ("1 = \"a\"", "type.comparaison"),
        ("true < false", "type.comparaison"),
        ("1 and true", "type.booleen"),
        ("10 ** 10000", "calcul.impossible"),
        ("inconnue(1)", "fonction.inconnue"),
        ("nom(1)", "fonction.inconnue"),
        ("abs(1, 2)", "fonction.arguments"),
        ("abs(x: 1)", "fonction.arguments"),
        ("upper case(1)", "fonction.type"),
        ("date(\"2026-02-30\")", "fonction.valeur"),
        ("date(2026, 2, 30)", "fonction.valeur"),
        ("duration(\"P\")", "fonction.valeur"),
        ("matches(\"a\", \"(\")", "fonction.modele"),
        ("sqrt(-1)", "calcul.impossible"),
        ("date(\"9999-12-31\") + duration(\"P1D\")", "calcul.impossible"),
        ("for x in 1..\"a\" return x", "type.intervalle"),
        ("jours ouvres(date(\"2026-01-01\"), 1)", "calendrier.absent"),
        ("1 instance of machin", "type.inconnu"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_null_with_a_notice(source, code):
    outcome = evaluate(source, CASE, now=NOW)
    assert outcome.value in (None, [None, None])
    assert [notice.code for notice in outcome.warnings] == [code]
    assert outcome.warnings[0].message.endswith(".")


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ('date("2026-01-31") + duration("P1M")', date(2026, 2, 28)),
        ('date("2026-03-31") - duration("P1M")', date(2026, 2, 28)),
        ('date("2026-01-31") + duration("P1D")', date(2026, 2, 1)),
        ('date("2026-01-31") - date("2026-01-01")', timedelta(days=30)),
        ('@"2026-01-31T09:00:00" + @"PT90M"', datetime(2026, 1, 31, 10, 30)),
        ('@"23:00:00" + @"PT2H"', time(1)),
        ('@"P1Y" + @"P2M"', Months(14)),
        ('@"PT1H" * 3', timedelta(hours=3)),
        ('@"P1D" / @"PT6H"', Decimal(4)),
        ('-@"P1Y"', Months(-12)),
        ('@"2026-01-31".month', Decimal(1)),
        ('@"2026-01-31".jour', Decimal(31)),
        ("dossier.naissance.année", Decimal(2006)),
        ("dossier.naissance < date(\"2008-01-01\")", True),
        ("age(dossier.naissance, aujourdhui)", Decimal(19)),
        ("aujourdhui", date(2026, 2, 1)),
        ("today() = aujourdhui", True),
        ("now() > date(\"2026-01-01\")", True),
        ('@"2026-01-31T23:30:00Z" = @"2026-02-01T00:30:00@Europe/Paris"', True),
        ("for d in @\"2026-01-30\"..@\"2026-02-01\" return d.day", [30, 31, 1]),
        ("[1..5[", Range(Decimal(1), Decimal(5), True, False)),
    ],
)  # fmt: skip
def test_dates(source, result):
    assert evaluate(source, CASE, now=NOW).value == result


def test_without_a_clock_today_is_null_with_a_notice():
    outcome = evaluate("aujourdhui", {})
    assert (outcome.value, outcome.warnings[0].code) == (None, "horloge.absente")


def test_a_name_given_hides_today():
    assert evaluate("aujourdhui", {"aujourdhui": "2020-01-01"}, now=NOW).value == "2020-01-01"


@pytest.mark.parametrize(
    ("tests", "input_value", "result"),
    [
        ("-", 3, True),
        ("", None, True),
        ("< 5", 3, True),
        ("[1..3), > 9", 3, False),
        ("\"a\", \"b\"", "b", True),
        ("not(\"a\", \"b\")", "c", True),
        ("non(\"a\", \"b\")", "a", False),
        ("not(< 5)", None, None),
        ("null", None, True),
        ("null", 3, False),
        ("? > 2 and ? < 4", 3, True),
        ("starts with(?, \"31\")", "31000", True),
        ("[1, 2, 3]", 2, True),
        ("seuil", 4, True),
        ("> seuil", 5, True),
        ("!= 4", 5, True),
        ("liste", 5, True),
        ("seuil = 4", 9, True),
        ("true", True, True),
        ("\"a\"", 3, None),
        ("date(\"2026-01-01\")", "2026-01-01", True),
        ("< date(\"2026-01-01\")", "2025-12-31", True),
    ],
)  # fmt: skip
def test_unary_tests(tests, input_value, result):
    assert matches(tests, input_value, {"seuil": 4, "liste": [4, 5]}).value is result


def test_only_plain_data_is_ever_read():
    class Secret:
        password = "x"

        def __getitem__(self, key):
            raise AssertionError(key)

    assert evaluate("secret.password", {"secret": Secret()}).value is None
    assert evaluate("secret", {"secret": Secret()}).value is None
    assert evaluate("a.__class__.__mro__", {"a": "text"}).value is None
    assert evaluate("a.__class__", {"a": {"b": 1}}).value is None


def test_names_say_what_is_read():
    source = (
        "dossier.contact.ville = a et option.x et (some y in liste satisfies y.b > seuil) et notes[item.n > m] != null"
        " et {k: 1, l: k + z}.l > 1 et lire(function(p) p + q)"
    )
    assert parse(source).names == {
        "dossier.contact.ville", "a", "option.x", "liste", "seuil", "notes", "m", "z", "q",
    }  # fmt: skip


def test_parsing_is_remembered():
    assert parse("1 + 41") is parse("1 + 41")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (1, 1),
        (1.5, 1.5),
        (2.0, 2),
        (True, True),
        (10**18, 10**18),
        (float("nan"), None),
        (float("inf"), None),
        ([1, {"a": None}], [1, {"a": None}]),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 9, tzinfo=UTC), "2026-01-31T09:00:00+00:00"),
        (time(9, 30), "09:30:00"),
        (timedelta(days=1, hours=2), "P1DT2H"),
        (Months(18), "P1Y6M"),
    ],
)
def test_values_become_plain_again(given, read):
    assert to_json(value("x", x=given)) == read


def test_a_number_without_a_near_float_is_text():
    assert to_json(value("1e400 * 1.5")) == "1.5E+400"
    assert to_json(value("1 / 3")) == 1 / 3
    assert to_json(value("[1..5[")) == "[1..5["
    assert to_json(value("function(x) x")) is None
