"""What publication refuses, each with its reason."""

from collections.abc import Sequence

from jalon.base.errors import ContentRefused, Refused, Stale
from jalon.base.i18n import fr
from jalon.engines.layering import OpOutcome
from jalon.services.publication.model import FailingScenario


class EpochChanged(Stale):
    """Something else was published since the impact was computed."""

    code = "publication.depassee"
    message = fr(
        "Une autre publication a eu lieu entre-temps. L’impact doit être recalculé : relisez-le, puis publiez."
    )


class DraftOutdated(Stale):
    """The draft was made on a parent that changed since: `outcomes` says where."""

    code = "publication.brouillon_depasse"
    message = fr(
        "Un niveau supérieur a changé ce que ce brouillon modifie ({first}). Relisez le brouillon, puis publiez."
    )

    def __init__(self, outcomes: Sequence[OpOutcome]) -> None:
        super().__init__(first=outcomes[0].message, count=len(outcomes))
        self.outcomes = tuple(outcomes)


class PublicationRefused(ContentRefused):
    """What would be published has errors."""

    code, message = "publication.refusee", fr("La publication est refusée : {first}")


class ScenariosFail(Refused):
    """Scenarios that hold today would not any more: `failing` names them; publishing needs a reason."""

    code = "publication.scenarios"
    message = fr("{count} scénario(s) ne tiendraient plus ({first}). Corrigez, ou dites pourquoi vous publiez.")

    def __init__(self, failing: Sequence[FailingScenario]) -> None:
        super().__init__(count=len(failing), first=failing[0].sentence)
        self.failing = tuple(failing)


class NothingToPublish(Refused):
    """The drafts change nothing."""

    code, message = "publication.sans_changement", fr("Il n’y a rien à publier : ces brouillons ne changent rien.")


class ApprovalRefused(Refused):
    """The second reader must be another person with the right to publish."""

    code, message = "publication.relecture", fr("La relecture doit être faite par une autre personne que l’auteur.")


class SecondReaderNeeded(Refused):
    """Somebody who wrote none of these changes must publish them."""

    code = "publication.seconde_lecture"
    message = fr(
        "Une seconde lecture est demandée : une autre personne que celles qui ont écrit ces changements doit publier."
    )


class RollbackRefused(Refused):
    """The release cannot be undone as it is."""

    code, message = "publication.retour_refuse", fr("Ce retour en arrière est refusé : {reason}")


class ReadingOutdated(EpochChanged):
    """What was asked for would not give any more what the second reader read."""

    code = "publication.relecture_depassee"
    message = fr(
        "Une autre publication a eu lieu depuis que ceci a été demandé. Recalculez l’effet, relisez-le, puis approuvez."
    )


class ReadingRefused(Refused):
    """A second reading cannot end so."""

    code, message = "publication.relecture_refusee", fr("Cette relecture est refusée : {reason}")
