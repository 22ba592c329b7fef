"""Say a condition in French."""

from collections.abc import Mapping

from jalon.engines.expressions.expression import Expression


def sentence(expression: Expression | str, labels: Mapping[str, str] | None = None) -> str:
    """Return a condition as a French sentence: « Permis est « Non » et Âge est supérieur à 18 »."""
    raise NotImplementedError
