"""Documents, messages, pages, indicators and connectors: properties, and blocks that have a uid."""

from collections.abc import Mapping
from typing import ClassVar

from jalon.engines.layering.kinds.base import Prop, adapts
from jalon.engines.layering.kinds.records import Collection, Records

_WORDS: Mapping[str, Prop] = {
    "title": Prop("le titre", shape="text", change="cosmetic"),
    "subject": Prop("l’objet", shape="text", change="cosmetic"),
    "text": Prop("le texte", shape="text", change="cosmetic"),
    "body": Prop("le contenu", change="cosmetic"),
    "label": Prop("le libellé", shape="text", change="cosmetic"),
    "help": Prop("l’aide", shape="text", change="cosmetic"),
    "description": Prop("la description", shape="text", change="cosmetic"),
    "header": Prop("l’en-tête", change="cosmetic"),
    "footer": Prop("le pied de page", change="cosmetic"),
    "hidden": Prop("l’affichage", shape="yes_no", change="compatible"),
    "closed": Prop("la fermeture", shape="yes_no", change="compatible"),
    "legal": Prop("la mention légale", "locked", "breaking", legal=True),
}


@adapts("document", "le modèle de document")
@adapts("page", "la page")
@adapts("message", "le message")
class Texts(Records):
    """What people read: words are free, legal mentions are locked; blocks are records with a `uid`."""

    noun = "bloc"
    collections = (Collection("blocks", by="uid"),)
    props = _WORDS


@adapts("indicator", "l’indicateur")
class Indicators(Records):
    """A measure: its words are free, its formula is locked; series are records with a `uid`."""

    noun, feminine = "série", True
    collections = (Collection("series", by="uid"),)
    props: ClassVar[Mapping[str, Prop]] = {
        **{key: _WORDS[key] for key in ("title", "label", "help", "description", "hidden", "closed")},
        "target": Prop("l’objectif", change="cosmetic"),
        "formula": Prop("la formule", "locked", "breaking"),
        "unit": Prop("l’unité", "locked", "breaking"),
    }


@adapts("connector", "le connecteur")
class Connectors(Records):
    """Another information system: its words are free, its address, its secret and its operations are locked."""

    noun, feminine = "opération", True
    props: ClassVar[Mapping[str, Prop]] = {
        **{key: _WORDS[key] for key in ("title", "help", "closed")},
        "url": Prop("l’adresse", "locked", "breaking"),
        "auth": Prop("l’authentification", "locked", "breaking"),
        "secret": Prop("le nom du secret", "locked", "breaking"),
        "timeout": Prop("le délai de réponse", "locked", "compatible"),
        "operations": Prop("les opérations", "locked", "breaking"),
    }
