"""What configuration refuses, each with its reason."""

from collections.abc import Sequence

from jalon.base.errors import Forbidden, NotFound, Problem, Refused, Stale
from jalon.base.i18n import fr
from jalon.engines.layering import Op


class ArtifactUnknown(NotFound):
    """Nothing is published by that name."""

    code, message = (
        "configuration.inconnu",
        fr("Aucun élément de configuration « {key} » de genre « {kind} » n’existe."),
    )


class DraftChanged(Stale):
    """Somebody else changed the draft: `theirs` is what they did since, `mine` what was about to be done."""

    code = "brouillon.modifie"
    message = fr(
        "{who} a modifié ce brouillon entre-temps. Rien n’a été écrasé : relisez ses changements, puis les vôtres."
    )

    def __init__(self, *, who: str, theirs: Sequence[Op], mine: Sequence[Op], row_version: int) -> None:
        super().__init__(who=who, count=len(theirs))
        self.theirs, self.mine, self.row_version = tuple(theirs), tuple(mine), row_version


class DraftClosed(Refused):
    """The draft was published or given up."""

    code, message, status = "brouillon.ferme", fr("Ce brouillon n’est plus ouvert : il a été publié ou abandonné."), 409


class ChangeLocked(Forbidden):
    """A level above forbids this change, or the change widens what a level above narrowed."""

    code, message = "configuration.verrouille", fr("{reason}")


class ChangeRefused(Refused):
    """The change cannot be applied to what this level inherits."""

    code, message = "configuration.changement_refuse", fr("Ce changement est refusé : {reason}")


class NothingToUndo(Refused):
    """The draft has no change to undo or to redo."""

    code, message = "brouillon.rien_a_annuler", fr("Il n’y a rien à annuler ni à rétablir dans ce brouillon.")


class PackUnreadable(Refused):
    """A pack that cannot be read: `problems` says where."""

    code, message = "paquet.illisible", fr("Ce paquet ne peut pas être lu : {first}")

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = next((problem.message for problem in problems if problem.severity == "error"), "")
        super().__init__(first=first, count=len(problems))
        self.problems = list(problems)
