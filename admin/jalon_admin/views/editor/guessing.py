"""The type of an answer, guessed from the label of its question."""

import re
import unicodedata

_HINTS: tuple[tuple[str, str], ...] = (
    ("date", r"^date\b|\bdate (de|d|du|des|prevue)\b|\ble (jour|combien)\b"),
    ("email", r"\b(courriel|e ?mail|mail|adresse electronique)\b"),
    ("phone", r"\b(telephone|tel|portable|mobile)$|\bnumero de telephone\b"),
    ("money", r"\b(montant|cout|prix|salaire|revenus?|loyer|budget|ressources mensuelles|euros?)\b"),
    ("decimal", r"\b(taux|pourcentage|moyenne|distance)\b"),
    ("integer", r"^(nombre|age|combien|nb|duree|annee|effectif)\b"),
    ("long_text", r"\b(commentaires?|remarques?|observations?|precisions?|description|motivations?|constats?|bilan)\b"),
    (
        "boolean",
        r"^(est ce|a t|avez vous|etes vous|peut|veut|a une?|dispose|possede|titulaire|inscrit|accepte|accord)\b",
    ),
    ("choices", r"^(lesquels|lesquelles|quels|quelles)\b|\b(plusieurs reponses)\b"),
    ("choice", r"^(quel|quelle|type|niveau|situation|categorie|statut|motif|nature|mode|origine)\b"),
)


def guess_type(label: str) -> str:
    """Return the likeliest type of `changing.QUESTION_TYPES` for a label: « Date de fin » is a date."""
    plain = plain_text(label)
    for kind, pattern in _HINTS:
        if re.search(pattern, plain):
            return kind
    return "boolean" if label.rstrip().endswith("?") else "text"


def plain_text(text: str) -> str:
    """Return the words of a text, without capitals, accents or punctuation."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", letters))
