"""Accounts and the roles they hold: invited, asked for, approved by another person, taken back."""

from typing import Any, ClassVar
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from jalon.base.actor import Actor
from jalon.base.clock import civil_date
from jalon.base.errors import JalonError, NotFound, Refused
from jalon.base.i18n import fr
from jalon.services import access, messaging
from jalon.services.access.accounts import LinkSent
from jalon.store import organisations, people
from jalon.store.organisations import Unit
from jalon.store.people import Membership, MembershipState, Person, PersonState
from jalon.ui import display
from jalon.ui.permissions import may
from jalon.ui.request import current_actor, now, reading, transaction, wiring
from jalon_admin.sessions import Session
from jalon_admin.tables.base import ScopedTable

MOST_ASKED = 10
"""How many people are written to when a role waits for a second person."""


def states() -> dict[str, tuple[str, str]]:
    """Return the state of an account in words, with the style of its mark."""
    return {
        "invited": (_("Invité"), "state-here"),
        "active": (_("Actif"), "state-good"),
        "disabled": (_("Désactivé"), "state-bad"),
    }


def _name(_view: Any, _context: Any, person: Person, _column: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url_for("comptes.details_view", id=person.id), person.name)


def _state(_view: Any, _context: Any, person: Person, _column: str) -> str:
    return states()[person.state.value][0]


def _unit(_view: Any, _context: Any, person: Person, _column: str) -> str:
    unit = reading().get(Unit, person.unit_id) if person.unit_id else None
    return unit.title if unit else ""


class AddressUnreadable(Refused):
    """Something that is no mail address."""

    code, message = (
        "compte.courriel_illisible",
        fr("Écrivez une adresse électronique, par exemple prenom.nom@exemple.fr."),
    )


class People(ScopedTable):
    """The accounts looked after by the person's units, or holding a role there."""

    permission = "compte.voir"
    heading = _l("Comptes")
    intro = _l("Un rôle demandé n’ouvre aucun accès avant l’accord d’une seconde personne.")
    actions = (
        "create_view",
        "ask_role",
        "approve",
        "take_back",
        "disable",
        "enable",
        "invite_again",
        "change_email",
        "remove_second_factor",
        "pending",
    )
    permissions: ClassVar[dict[str, Any]] = {
        "create_view": "compte.gerer",
        "ask_role": "compte.gerer",
        "take_back": "compte.gerer",
        "disable": "compte.gerer",
        "enable": "compte.gerer",
        "invite_again": "compte.gerer",
        "change_email": "compte.gerer",
        "remove_second_factor": "compte.gerer",
        "approve": "compte.approuver",
        "pending": "compte.voir",
    }
    can_view_details = True
    column_list = ("name", "login", "state", "unit_id")
    column_labels: ClassVar[dict[str, Any]] = {
        "name": _l("Nom"),
        "login": _l("Identifiant"),
        "state": _l("État"),
        "unit_id": _l("Structure"),
    }
    column_formatters: ClassVar[dict[str, Any]] = {"name": _name, "state": _state, "unit_id": _unit}
    column_searchable_list = ("name", "login", "email")
    column_sortable_list = ("name", "login")
    column_default_sort = "name"
    list_template = "console/people.html"

    def __init__(self) -> None:
        super().__init__(Person, "comptes", "Comptes")

    def scoped(self, query: Any) -> Any:
        """Keep the accounts of the person's units, and those that hold or await a role there."""
        ids = current_actor().units_for(self.permission)
        held = self.session.query(Membership.person_id).filter(
            Membership.unit_id.in_(ids), Membership.state != MembershipState.ENDED
        )
        return self.where_any(query, Person.unit_id.in_(ids), Person.id.in_(held))

    @expose("/a-approuver/")
    def pending(self) -> ResponseReturnValue:
        """List the roles that wait for a second person."""
        return self.render("console/pending.html", rows=self._pending(), may_approve=may("compte.approuver"))

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """Invite somebody: an account without any role, and the link to choose a password."""
        units = self._units("compte.gerer")
        if request.method == "GET":
            return self.render("console/invite.html", units=units, message="", problems={}, typed={})
        typed = {name: request.form.get(name, "").strip() for name in ("login", "name", "email", "unite")}
        problems = _invitation_problems(typed)
        if problems:
            message = _("Certaines réponses sont à corriger.")
            return self.render("console/invite.html", units=units, message=message, problems=problems, typed=typed), 422
        try:
            with transaction() as session:
                unit = _unit_of(session, typed["unite"])
                sent = access.invite(
                    session,
                    current_actor(),
                    login=typed["login"],
                    name=typed["name"],
                    email=typed["email"],
                    unit=unit,
                    now=now(),
                )
                _send(session, sent)
                person_id = sent.person.id
        except JalonError as refusal:
            page = self.render("console/invite.html", units=units, message=refusal.text(_), problems={}, typed=typed)
            return page, refusal.status
        flash(_("L’invitation part par courriel. Demandez maintenant le rôle de cette personne."))
        return redirect(url_for(".details_view", id=person_id), code=303)

    @expose("/details/")
    def details_view(self) -> ResponseReturnValue:
        """Show an account, its roles, and what may be done."""
        return self._details(self.get_one(request.args.get("id", "")))

    @expose("/role/", methods=("POST",))
    def ask_role(self) -> ResponseReturnValue:
        """Ask for a role; another person must approve it."""
        role, unit_code = request.form.get("role", ""), request.form.get("unite", "")

        def act(session: Session, actor: Actor, person: Person) -> str:
            _ask_approval(session, access.grant(session, actor, person, _unit_of(session, unit_code), role, now=now()))
            return _("Le rôle est demandé. Une autre personne doit l’approuver avant qu’il donne accès.")

        return self._act(act)

    @expose("/approuver/", methods=("POST",))
    def approve(self) -> ResponseReturnValue:
        """Give the second person's agreement."""
        try:
            with transaction() as session:
                access.approve_grant(session, current_actor(), self._membership(session))
        except JalonError as refusal:
            if refusal.status == 404:
                raise
            rows = self._pending()
            page = self.render("console/pending.html", rows=rows, may_approve=True, message=refusal.text(_))
            return page, refusal.status
        flash(_("Le rôle est approuvé : il donne accès dès maintenant."))
        return redirect(url_for(".pending"), code=303)

    @expose("/retirer/", methods=("POST",))
    def take_back(self) -> ResponseReturnValue:
        """Take a role back at once."""

        def act(session: Session, actor: Actor, _person: Person) -> str:
            access.revoke(session, actor, self._membership(session), on=civil_date(now(), "Europe/Paris"))
            return _("Le rôle est retiré.")

        return self._act(act)

    @expose("/desactiver/", methods=("POST",))
    def disable(self) -> ResponseReturnValue:
        """Cut an account off."""

        def act(session: Session, actor: Actor, person: Person) -> str:
            access.disable(session, actor, person, now=now())
            return _("Le compte est désactivé : ses sessions sont fermées.")

        return self._act(act)

    @expose("/reactiver/", methods=("POST",))
    def enable(self) -> ResponseReturnValue:
        """Invite the holder of a disabled account again."""

        def act(session: Session, actor: Actor, person: Person) -> str:
            _send(session, access.enable(session, actor, person, now=now()))
            return _("Une nouvelle invitation part par courriel. Les rôles attendent un nouvel accord.")

        return self._act(act)

    @expose("/inviter-encore/", methods=("POST",))
    def invite_again(self) -> ResponseReturnValue:
        """Send a new invitation."""

        def act(session: Session, actor: Actor, person: Person) -> str:
            _send(session, access.invite_again(session, actor, person, now=now()))
            return _("Une nouvelle invitation part par courriel ; la précédente ne vaut plus rien.")

        return self._act(act)

    @expose("/courriel/", methods=("POST",))
    def change_email(self) -> ResponseReturnValue:
        """Send the mail of an account elsewhere."""

        def act(session: Session, actor: Actor, person: Person) -> str:
            email = request.form.get("courriel", "").strip()
            if "@" not in email:
                raise AddressUnreadable
            access.change_email(session, actor, person, email, now=now())
            return _("L’adresse est changée. Les rôles attendent un nouvel accord.")

        return self._act(act)

    @expose("/second-facteur/", methods=("POST",))
    def remove_second_factor(self) -> ResponseReturnValue:
        """Let a person who lost their telephone enrol another."""

        def act(session: Session, actor: Actor, person: Person) -> str:
            access.remove_second_factor(session, actor, person, now=now())
            return _(
                "La double authentification est retirée : elle sera redemandée. Les rôles attendent un nouvel accord."
            )

        return self._act(act)

    def _act(self, act: Any) -> ResponseReturnValue:
        """Do something to the account the form names, then show it again, with the reason when it is refused."""
        person_id = request.form.get("id", "")
        self.get_one(person_id)  # outside the scope: not found, whatever the action
        try:
            with transaction() as session:
                said = act(session, current_actor(), session.get_one(Person, UUID(person_id)))
        except JalonError as refusal:
            if refusal.status == 404:
                raise
            return self._details(self.get_one(person_id), refusal.text(_)), refusal.status
        flash(said)
        return redirect(url_for(".details_view", id=person_id), code=303)

    def _details(self, person: Person, message: str = "") -> str:
        session, actor = reading(), current_actor()
        scope = actor.units_for("compte.voir")
        rows = [_row(session, one) for one in people.memberships_of(session, person.id) if one.unit_id in scope]
        unit = session.get(Unit, person.unit_id) if person.unit_id else None
        return self.render(
            "console/person.html",
            person=person,
            unit=unit,
            state=states()[person.state.value],
            rows=rows,
            units=self._units("compte.gerer"),
            roles=self._roles(),
            may_manage=person.unit_id is not None and actor.may("compte.gerer", person.unit_id),
            may_ask=may("compte.gerer"),
            invited=person.state is PersonState.INVITED,
            disabled=person.state is PersonState.DISABLED,
            message=message,
        )

    def _pending(self) -> list[dict[str, Any]]:
        session, actor = reading(), current_actor()
        found = people.pending_memberships(session, actor.units_for("compte.voir"))
        return [_row(session, one, actor) for one in found]

    def _membership(self, session: Session) -> Membership:
        try:
            found = session.get(Membership, UUID(request.form.get("attribution", "")))
        except ValueError as error:
            raise NotFound from error
        if found is None or found.unit_id not in current_actor().units_for("compte.voir"):
            raise NotFound
        return found

    def _units(self, code: str) -> list[Unit]:
        found = organisations.units(reading(), current_actor().units_for(code))
        return [unit for unit in found if unit.closed_at is None]

    def _roles(self) -> list[tuple[str, str]]:
        """Return the roles one may ask for: those listed as such by the roles one holds."""
        session, actor = reading(), current_actor()
        found: dict[str, str] = {}
        for held in actor.grants:
            if "compte.gerer" not in held.permissions:
                continue
            roles = access.current_roles(session, held.unit)
            for key in roles.get(held.role, {}).get("may_grant", ()):
                if key in roles and not roles[key].get("closed"):
                    found[key] = str(roles[key].get("label", key))
        return sorted(found.items(), key=lambda one: one[1].casefold())


def _row(session: Session, one: Membership, actor: Actor | None = None) -> dict[str, Any]:
    """Return a role held, as a line."""
    person, unit = session.get_one(Person, one.person_id), session.get_one(Unit, one.unit_id)
    asker = session.get(Person, one.granted_by) if one.granted_by else None
    role = access.current_roles(session, unit.id).get(one.role, {})
    may_approve = actor is not None and actor.may("compte.approuver", unit.id)
    return {
        "membership": one,
        "person": person,
        "unit": unit,
        "role": role.get("label", one.role),
        "pending": one.state is MembershipState.PENDING,
        "asked_by": asker.name if asker else _("le produit"),
        "asked_at": display.moment(one.created_at),
        "may_approve": may_approve and actor is not None and actor.id not in {one.granted_by, one.person_id},
        "is_mine": actor is not None and actor.id in {one.granted_by, one.person_id},
    }


def _unit_of(session: Session, code: str) -> Unit:
    unit = organisations.unit_by_code(session, code)
    if unit is None:
        raise NotFound(id=code)
    return unit


def _invitation_problems(typed: dict[str, str]) -> dict[str, str]:
    sentences = {
        "login": _("Choisissez un identifiant, par exemple prenom.nom."),
        "name": _("Écrivez le prénom et le nom."),
        "email": _("Écrivez une adresse électronique, par exemple prenom.nom@exemple.fr."),
        "unite": _("Choisissez la structure qui suit ce compte."),
    }
    problems = {name: sentence for name, sentence in sentences.items() if not typed[name]}
    if "email" not in problems and "@" not in typed["email"]:
        problems["email"] = sentences["email"]
    return problems


def _ask_approval(session: Session, asked: Membership) -> None:
    """Write to those who may approve a role that somebody else asked for."""
    unit = session.get_one(Unit, asked.unit_id)
    person, role = session.get_one(Person, asked.person_id), access.current_roles(session, unit.id).get(asked.role, {})
    able = access.who_may(session, "compte.approuver", unit.id, civil_date(now(), "Europe/Paris"))
    for one in [one for one in able if one.id not in {asked.granted_by, asked.person_id}][:MOST_ASKED]:
        facts = {
            "nom": one.name,
            "expediteur": current_actor().name,
            "nom_compte": person.name,
            "role": role.get("label", asked.role),
            "unite": unit.title,
            "lien": wiring.settings.base_url + url_for("comptes.pending"),
        }
        key = f"approbation/{asked.id}/{one.id}"
        messaging.queue_mail(
            session, to=one.email, template="approbation-compte", facts=facts, unit_id=unit.id, key=key
        )


def _send(session: Session, sent: LinkSent) -> None:
    """Queue the mail that carries the link; it leaves after the commit."""
    person = sent.person
    unit = session.get(Unit, person.unit_id) if person.unit_id else None
    facts = {
        "nom": person.name,
        "unite": unit.title if unit else "",
        "role": _("à venir"),
        "lien": wiring.settings.base_url + url_for("identity.invitation", token=sent.token),
        "expiration": display.moment(sent.expires_at),
        "contact": current_actor().name,
    }
    messaging.queue_mail(
        session,
        to=person.email,
        template="invitation",
        facts=facts,
        unit_id=person.unit_id,
        key=f"invitation:{person.id}:{sent.expires_at.timestamp()}",
    )
