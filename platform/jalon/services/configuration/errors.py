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


class SignatureWrong(Refused):
    """The signature of a pack is not that of what it says."""

    code = "paquet.signature_fausse"
    message = fr(
        "Le paquet « {file} » est refusé : il a changé depuis sa signature. Redemandez-le à qui l’a signé, ou "
        "signez-le de nouveau si le changement est le vôtre."
    )


class SignatureMissing(Refused):
    """A pack without a signature where one is required."""

    code = "paquet.signature_absente"
    message = fr(
        "Le paquet « {file} » est refusé : il n’est pas signé, et une signature est exigée ici. Demandez à son auteur "
        "de le signer (jalon pack sign)."
    )


class SignerUnknown(Refused):
    """A pack signed by nobody trusted here where a signature is required."""

    code = "paquet.signataire_inconnu"
    message = fr(
        "Le paquet « {file} » est refusé : la clé qui l’a signé n’est pas connue ici (empreinte {fingerprint}). "
        "Vérifiez cette empreinte avec son auteur, puis ajoutez sa clé publique au dossier JALON_PACK_SIGNERS."
    )


class KeyUnreadable(Refused):
    """A file that holds no private key to sign with."""

    code = "paquet.cle_illisible"
    message = fr("« {file} » n’est pas une clé privée ed25519 lisible. Faites-en une avec jalon pack keygen.")
