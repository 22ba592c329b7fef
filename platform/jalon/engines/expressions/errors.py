"""What an expression may be refused for; a wrong value at run time is never an error, it is null with a notice."""

from jalon.base.errors import JalonError
from jalon.base.i18n import fr


class ExpressionInvalid(JalonError):
    """Text that is not an expression; `line` and `column` count from 1, `hint` says how to mend it."""

    code, status = "expression.invalide", 422
    message = fr("Expression illisible, ligne {line}, colonne {column} : {reason}. {hint}")

    def __init__(self, reason: str, hint: str = "", line: int = 1, column: int = 1) -> None:
        super().__init__(reason=reason, hint=hint, line=line, column=column)
        self.reason, self.hint, self.line, self.column = reason, hint, line, column


class ExpressionExhausted(JalonError):
    """A calculation stopped because it asked for more steps, elements or characters than allowed."""

    code, status = "expression.epuisee", 422
    message = fr(
        "Ce calcul a été arrêté : il demande trop de {resource}. Simplifiez l’expression ou réduisez la liste."
    )

    def __init__(self, resource: str) -> None:
        super().__init__(resource=resource)
        self.resource = resource


class TemporalInvalid(JalonError):
    """A date, duration or cycle that ISO 8601 does not read, or beyond the bounds we accept."""

    code, status = "temps.invalide", 422
    message = fr("« {text} » n’est pas {expected}. Exemple : {example}.")

    def __init__(self, text: str, expected: str, example: str) -> None:
        super().__init__(text=text[:60], expected=expected, example=example)


class CalendarUnknown(JalonError):
    """A working-day calendar nobody defined."""

    code, status = "calendrier.inconnu", 422
    message = fr("Le calendrier « {name} » n’existe pas. Calendriers possibles : {choices}.")
