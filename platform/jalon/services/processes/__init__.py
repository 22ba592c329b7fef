"""Runs of processes: starting, timers, messages, incidents, history and map.

start(session, actor, process_key, unit, *, dossiers={"principal": id}, variables=None, now) -> Instance
identification(session, actor, process_key, unit, now) ; look_alikes(session, actor, asked, answers, now)
startable(session, actor, unit, now) -> [Startable]
fire_due(session, now, limit=100) -> number fired or put off     # one savepoint per timer
send(session, actor, unit, name, payload, *, correlation=None, business_key=None, instance=None, now) -> Advanced
signal(session, actor, unit, name, payload=None, *, now) -> Advanced
cancel(session, actor, instance_id, reason, now) ; reopen(...)   # from where it was when it was cancelled
incidents(session, actor) ; retry(session, actor, incident_id, now) ; skip(...) ; move_token(..., element, now)
edit_variables(session, actor, instance_id, values, now) ; suspend(...) ; resume(...)
examine(session, actor, instance_id, now) -> Examined            # tokens, waits, incidents, durations, for operators
find_runs(session, actor, Wanted(...), before) ; find_incidents(...) ; alike(session, actor, Wanted(...))
begin(session, actor, act, targets, reason, now, arguments=None) -> Operation      # many runs at once, done by jobs
plan(session, actor, process_key, chosen, now) -> Plan ; migrate(..., chosen, reason, now) -> Operation ; undo(...)
progress(session, actor, operation_id) -> Progress ; operations(session, actor)
view(session, actor, instance_id) -> Instance ; history(session, actor, instance_id) -> [Line]
map_of(session, actor, instance_id) -> ProcessMap           # elements with done | current | upcoming | incident
register_action(name, function, title=...)                       # what a service task may ask for
"""

from jalon.services.processes import asking, connecting, linting  # each registers something
from jalon.services.processes.actions import (
    ACTIONS,
    INFOS,
    ActionContext,
    ActionInfo,
    ActionRefused,
    Parameter,
    register_action,
)
from jalon.services.processes.failing import failed_jobs, retry_jobs
from jalon.services.processes.following import (
    Line,
    MapElement,
    ProcessMap,
    decisions_about,
    history,
    map_of,
    runs_of,
    title_in,
    title_of,
    variables_of,
    view,
)
from jalon.services.processes.identifying import Identification, identification, look_alikes
from jalon.services.processes.incidents import (
    cancel,
    edit_variables,
    incidents,
    move,
    move_token,
    reopen,
    reopenable,
    resume,
    retry,
    skip,
    suspend,
    variables_to_edit,
)
from jalon.services.processes.migrating import Group, Plan, migrate, plan, undo
from jalon.services.processes.operating import (
    Alike,
    Examined,
    alike,
    element_names,
    examine,
    facts_of,
    find_incidents,
    find_runs,
)
from jalon.services.processes.recomputing import carry_answers, decision_titles, decisions_reading, taken_again
from jalon.services.processes.running import (
    Advanced,
    Startable,
    StartRefused,
    complete,
    fire_due,
    names_of,
    send,
    signal,
    start,
    startable,
    unit_of_dossier,
)
from jalon.services.processes.together import (
    ON_INCIDENTS,
    Progress,
    ReasonWanted,
    begin,
    matching,
    operations,
    progress,
    work,
)
from jalon.store.processes import Wanted

__all__ = [
    "ACTIONS",
    "INFOS",
    "ON_INCIDENTS",
    "ActionContext",
    "ActionInfo",
    "ActionRefused",
    "Advanced",
    "Alike",
    "Examined",
    "Group",
    "Identification",
    "Line",
    "MapElement",
    "Parameter",
    "Plan",
    "ProcessMap",
    "Progress",
    "ReasonWanted",
    "StartRefused",
    "Startable",
    "Wanted",
    "alike",
    "asking",
    "begin",
    "cancel",
    "carry_answers",
    "complete",
    "connecting",
    "decision_titles",
    "decisions_about",
    "decisions_reading",
    "edit_variables",
    "element_names",
    "examine",
    "facts_of",
    "failed_jobs",
    "find_incidents",
    "find_runs",
    "fire_due",
    "history",
    "identification",
    "incidents",
    "linting",
    "look_alikes",
    "map_of",
    "matching",
    "migrate",
    "move",
    "move_token",
    "names_of",
    "operations",
    "plan",
    "progress",
    "register_action",
    "reopen",
    "reopenable",
    "resume",
    "retry",
    "retry_jobs",
    "runs_of",
    "send",
    "signal",
    "skip",
    "start",
    "startable",
    "suspend",
    "taken_again",
    "title_in",
    "title_of",
    "undo",
    "unit_of_dossier",
    "variables_of",
    "variables_to_edit",
    "view",
    "work",
]
