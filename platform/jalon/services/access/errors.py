"""What the access service refuses, and how it says so."""

from jalon.base.errors import JalonError, Refused
from jalon.base.i18n import fr


class SignInRefused(JalonError):
    """Wrong login or password, or an account that may not sign in: the same answer for all."""

    code, message, status = "connexion.refusee", fr("Identifiant ou mot de passe incorrect."), 401


class TooManyTries(JalonError):
    """Ten tries were refused in a quarter of an hour."""

    code = "connexion.trop_d_essais"
    message = fr("Trop d’essais infructueux. Réessayez dans {minutes} minutes.")
    status = 429


class TooFast(TooManyTries):
    """Many accounts were refused from one address: the next try has to wait a little."""

    code = "connexion.trop_vite"
    message = fr("Beaucoup d’essais infructueux viennent de votre réseau. Réessayez dans {seconds} s.")


class SessionOver(JalonError):
    """No session, or one that ended: closed, idle, too old, account disabled."""

    code, message, status = "session.terminee", fr("Votre session est terminée. Connectez-vous à nouveau."), 401


class CodeRefused(JalonError):
    """A second factor code that is wrong, too old or already used."""

    code = "connexion.code_refuse"
    message = fr("Ce code n’est pas valable. Attendez le code suivant dans votre application, puis réessayez.")
    status = 422


class SecondFactorPresent(Refused):
    """A second factor is already there: only an administrator removes it."""

    code = "connexion.second_facteur_present"
    message = fr("La double authentification est déjà en place sur ce compte. Adressez-vous à votre administrateur.")


class LinkInvalid(JalonError):
    """An unknown, used, revoked or expired link: the same answer for all."""

    code, message, status = "lien.invalide", fr("Ce lien n’est plus valable. Demandez-en un nouveau."), 410


class PasswordRefused(Refused):
    """A password too easy to guess."""

    code, message = "mot_de_passe.refuse", fr("Ce mot de passe ne convient pas : {reason}.")


class LoginTaken(Refused):
    """An account of that login exists."""

    code, message, status = "compte.identifiant_pris", fr("L’identifiant « {login} » est déjà utilisé."), 409


class AccountChanged(Refused):
    """The account is not in the state this act starts from."""

    code, message, status = "compte.etat", fr("Ce compte a changé d’état entre-temps. Rechargez la page."), 409


class RoleUnknown(Refused):
    """No such role at that unit."""

    code, message = "role.inconnu", fr("Le rôle « {role} » n’existe pas dans cette structure.")


class RoleHeld(Refused):
    """The person holds this role there, or waits for it."""

    code, message, status = "role.deja_attribue", fr("{who} a déjà ce rôle dans cette structure."), 409


class BeyondOwnRights(Refused):
    """Nobody gives more than they have."""

    code = "role.trop_large"
    message = fr("Vous ne pouvez pas attribuer un rôle qui donne plus de droits que les vôtres.")
    status = 403


class SecondPersonNeeded(Refused):
    """Who asked for a role, or receives it, does not approve it."""

    code = "role.seconde_personne"
    message = fr(
        "Une autre personne doit approuver cette attribution : ni celle qui la demande, ni celle qui la reçoit."
    )
    status = 403


class AbsenceRefused(Refused):
    """An absence that makes no sense, or a replacement who cannot do the work."""

    code, message = "absence.refusee", fr("Cette absence ne peut pas être enregistrée : {reason}.")


class UnitRefused(Refused):
    """A unit that cannot be created or moved so."""

    code, message = "structure.refusee", fr("La structure « {code} » ne peut pas être enregistrée : {reason}.")
