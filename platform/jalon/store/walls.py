"""A second wall around case files on PostgreSQL: whatever a query forgets, pages read no row of other units.

Pages read as the role `jalon_web`, to which policies show the case files of the units told at the beginning of the
transaction, those shared above, those of a task one has, those opened exceptionally. Nothing told, nothing shown. The
owner of the tables, who writes and does jobs, is not held by them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

ROLE = "jalon_web"
_UNITS = "string_to_array(nullif(current_setting('jalon.units', true), ''), ',')::uuid[]"
_PERSON = "nullif(current_setting('jalon.person', true), '')"
_OWN = f"""unit_id = ANY ({_UNITS})
  OR ({_PERSON} IS NOT NULL AND (
    audience <> 'unit'
    OR EXISTS (SELECT 1 FROM exceptional_access e WHERE e.dossier_id = dossier.id AND e.person_id = {_PERSON}::uuid)
    OR EXISTS (SELECT 1 FROM instance_dossier i JOIN task t ON t.root_id = i.instance_id
               WHERE i.dossier_id = dossier.id AND (t.unit_id = ANY ({_UNITS}) OR t.assignee = {_PERSON}))))"""  # noqa: S608 (constants of this module)
_OF_FILE = "EXISTS (SELECT 1 FROM dossier d WHERE d.id = dossier_id)"
POLICIES = {
    "dossier": _OWN,
    "dossier_word": f"unit_id = ANY ({_UNITS}) OR {_OF_FILE}",
    "dossier_change": _OF_FILE,
    "document": _OF_FILE,
}
"""What the role may read of each walled table; the other tables are read whole."""

_MEMBER = text("SELECT count(*) FROM pg_roles WHERE rolname = :role AND pg_has_role(current_user, oid, 'MEMBER')")
_CLOSED = text(
    "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid"
    " WHERE c.relrowsecurity AND p.polname = :policy AND c.relnamespace = 'public'::regnamespace"
)
_MAY_STAND = text(
    "SELECT count(*) FROM pg_roles r, pg_class c WHERE r.rolname = :role AND pg_has_role(current_user, r.oid, 'MEMBER')"
    " AND c.oid = to_regclass('dossier') AND c.relrowsecurity"
)
_STAND = text(
    "SELECT set_config('jalon.units', :units, true), set_config('jalon.person', :person, true),"
    " set_config('role', :role, true)"
)


_up: WeakKeyDictionary[Engine, bool] = WeakKeyDictionary()
"""Whether a database has its wall, asked once by each process."""


@dataclass(frozen=True, slots=True)
class Walls:
    """Where the wall stands: whether pages may take its role, and the tables that are open to it all the same."""

    role: bool
    account: str
    open_tables: tuple[str, ...]


def state_of_walls(session: Session) -> Walls | None:
    """Return where the wall stands, None where the database knows none."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    closed = session.execute(_CLOSED, {"policy": f"{ROLE}_reads"}).scalars().all()
    role = bool(session.scalar(_MEMBER, {"role": ROLE}))
    account = str(session.scalar(text("SELECT current_user")))
    return Walls(role, account, tuple(table for table in POLICIES if table not in closed))


def raise_walls(connection: Connection) -> bool:
    """Put the role and its policies in place; False where one may not create a role, and pages then do without.

    Safe to do again: every upgrade does, so that the role reads tables that are new.
    """
    if connection.dialect.name != "postgresql" or not _role_is_ours(connection):
        return False
    for table, condition in POLICIES.items():
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        connection.exec_driver_sql(f"DROP POLICY IF EXISTS {ROLE}_reads ON {table}")
        connection.exec_driver_sql(f"CREATE POLICY {ROLE}_reads ON {table} FOR SELECT TO {ROLE} USING ({condition})")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
    connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}")
    return True


def lower_walls(connection: Connection) -> None:
    """Take the policies away while tables change: a policy holds on to every table it reads."""
    if connection.dialect.name != "postgresql":
        return
    for table in POLICIES:
        if connection.scalar(text("SELECT to_regclass(:name)"), {"name": table}) is not None:
            connection.exec_driver_sql(f"DROP POLICY IF EXISTS {ROLE}_reads ON {table}")


def stand_behind(session: Session, units: Collection[UUID], person: UUID | None) -> bool:
    """Read until the transaction ends only what these units and this person may; False where there is no wall."""
    engine = session.get_bind().engine
    if engine.dialect.name != "postgresql":
        return False
    if engine not in _up:
        _up[engine] = bool(session.scalar(_MAY_STAND, {"role": ROLE}))
    if _up[engine]:
        told = {"units": ",".join(map(str, sorted(units))), "person": str(person or ""), "role": ROLE}
        session.execute(_STAND, told)
    return _up[engine]


def _role_is_ours(connection: Connection) -> bool:
    """Create the role if need be and take part in it; two databases of one server share it."""
    connection.exec_driver_sql(
        f"""DO $$ BEGIN
          IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN CREATE ROLE {ROLE} NOLOGIN; END IF;
          IF NOT pg_has_role(current_user, '{ROLE}', 'MEMBER') THEN EXECUTE 'GRANT {ROLE} TO CURRENT_USER'; END IF;
        EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
        END $$"""  # noqa: S608 (constants of this module)
    )
    return bool(connection.scalar(_MEMBER, {"role": ROLE}))
