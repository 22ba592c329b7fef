"""Who may do what, where: accounts, sessions, roles, and the tree of units they are held in."""

from jalon.services.access.accounts import (
    LinkSent,
    accept_invitation,
    change_email,
    disable,
    enable,
    invite,
    invite_again,
    read_link,
    remove_second_factor,
    request_reset,
    reset_password,
)
from jalon.services.access.actors import Roles, RolesLoader, actor_for, current_roles, needs_second_factor, role_lines
from jalon.services.access.grants import approve_grant, grant, revoke
from jalon.services.access.passwords import SignedIn, set_password, sign_in
from jalon.services.access.permissions import PERMISSIONS, require, scope
from jalon.services.access.second_factor import Enrolment, enrol_second_factor, enrolment, verify_second_factor
from jalon.services.access.sessions import (
    SEEN_EVERY,
    OpenSession,
    SessionRules,
    close_session,
    open_session,
    read_session,
    session_rules,
    touch_session,
)
from jalon.services.access.units import Place, close_unit, create_unit, import_units, move_unit, place_of

__all__ = [
    "PERMISSIONS",
    "SEEN_EVERY",
    "Enrolment",
    "LinkSent",
    "OpenSession",
    "Place",
    "Roles",
    "RolesLoader",
    "SessionRules",
    "SignedIn",
    "accept_invitation",
    "actor_for",
    "approve_grant",
    "change_email",
    "close_session",
    "close_unit",
    "create_unit",
    "current_roles",
    "disable",
    "enable",
    "enrol_second_factor",
    "enrolment",
    "grant",
    "import_units",
    "invite",
    "invite_again",
    "move_unit",
    "needs_second_factor",
    "open_session",
    "place_of",
    "read_link",
    "read_session",
    "remove_second_factor",
    "request_reset",
    "require",
    "reset_password",
    "revoke",
    "role_lines",
    "scope",
    "session_rules",
    "set_password",
    "sign_in",
    "touch_session",
    "verify_second_factor",
]
