"""Conditions said in French, and what a lint says of them."""

import pytest

from jalon.engines.expressions import check, parse, sentence

LABELS = {"permis": "Permis", "age": "Âge", "entree": "Date d’entrée", "dossier.contact.ville": "Ville"}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("permis = false and age > 18", "Permis est « Non » et Âge est supérieur à 18"),
        ("permis et non(age >= 18)", "Permis est « Oui » et Âge est inférieur à 18"),
        ("age dans [16..26)", "Âge est compris entre 16 inclus et 26 exclu"),
        ("age entre 16 et 25", "Âge est compris entre 16 et 25"),
        ('entree >= date("2026-01-31")', "Date d’entrée est au plus tôt le 31/01/2026"),
        ('entree < @"2026-01-31"', "Date d’entrée est avant le 31/01/2026"),
        ("(age < 16 ou age > 25) et permis != null",
         "(Âge est inférieur à 16 ou Âge est supérieur à 25) et Permis est renseigné"),
        ("non est defini(entree)", "Date d’entrée n’est pas renseigné"),
        ("16 <= age", "Âge est supérieur ou égal à 16"),
        ('dossier.contact.ville in ("Albi", "Auch")', "Ville est « Albi » ou « Auch »"),
        ('commence par(dossier.contact.ville, "A")', "Ville commence par « A »"),
        ("age * 1.5 > 3", "Âge * 1,5 est supérieur à 3"),
        ("si a alors 1 sinon 2", "« si a alors 1 sinon 2 »"),
    ],
)  # fmt: skip
def test_sentences(source, said):
    assert sentence(source, LABELS) == said


def test_a_cell_speaks_of_its_column():
    assert sentence(parse('not("a", "b")', "unary_tests"), {"?": "Statut"}) == "Statut n’est pas « a » ou « b »"
    assert sentence(parse("-", "unary_tests")) == "la valeur est quelconque"
    assert sentence(parse("< 5, [8..9]", "unary_tests"), {"?": "Âge"}) == (
        "Âge est inférieur à 5 ou Âge est compris entre 8 et 9"
    )


def test_check_names_what_is_unknown():
    known = {"age", "dossier.contact.ville", "dossier.lignes"}
    assert check("age > 3 et dossier.contact.ville = aujourdhui et dossier != null", known) == []
    assert check("dossier.lignes[mois > 3].employeur", known) == []
    assert [(p.code, p.line) for p in check("agee > 3\net lengueur(age) > 2", known)] == [
        ("expression.fonction_inconnue", 2),
        ("expression.nom_inconnu", 1),
    ]
    assert "« age »" in check("agee", known)[0].message
    assert "« longueur »" in check("lengueur(age)", known)[0].message
    assert [p.code for p in check("abs(1, 2)")] == ["expression.arguments"]
    assert [p.code for p in check("1 +")] == ["expression.invalide"]
    assert check("{f: function(x) x, r: f(1)}.r", set()) == []
    assert check("tout.est.permis") == []
