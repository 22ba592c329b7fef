"""The tasks of people: lists, a task page, drafts, completion, links for people outside.

inbox(session, actor, TaskFilter(...), cursor="", now=now) -> Page
my_day(session, actor, now) -> MyDay
task_page(session, actor, task_id, now) -> TaskPage            # writes nothing
claim(session, actor, task_id) ; assign(session, actor, task_id, person_id) ; release(session, actor, task_id)
to_assign(session, actor, task_ids) -> [(Task, [Person])] ; assign_many(session, actor, task_ids, person_id) -> Handed
open_page(session, actor, task_id, now) -> TaskPage             # pinned, then built: what a POST begins with
save_page(session, actor, page, data, at_question, now=now, typed=...) -> Saved
save_draft(session, actor, task_id, data, at_question, row_version, now, takeover=False) -> Saved
differences_since(session, actor, page, version, mine, typed, questions) -> [Difference]    # two people on one draft
complete_task(session, actor, task_id, data, submission_token, now, seen_version=None) -> Completed
complete_with_retry(database, actor, task_id, data, submission_token, now, seen_version=None) -> Completed
complete_draft(database, actor, task_id, submission_token, now, draft_version) -> Completed    # as reviewed
correct(session, actor, task_id, changes, reason, now) -> Corrected       # answers already given, both values kept
count_running(session, kind, key, unit_ids) -> RunningWork      # what a change of configuration would touch
next_in_list(session, actor, filters, task_id, now) -> UUID|None  # what follows a task in a list
next_tasks(session, actor, root_id) -> [Task]                   # what this actor may do now in a run
history(session, actor, dossier_id) -> [RunLine]                # the runs of a case file with their answers
missing(session, actor, dossier_id, now) -> [Missing]           # left unanswered, though a scheme or statistics ask

open_link(session, token, now) -> LinkPage                      # GET: explains, consumes nothing
start_link_session(session, token, now) -> session token        # POST « Continuer », thirty minutes
send_link_code(session, token, now)                             # a sensitive form asks for a code first
start_with_code(session, token, code, now) -> session token     # empty when the code is wrong: the try is counted
renew_link(session, token, now)                                 # a link that expired sends another to the same person
link_page(session, session_token, now) -> LinkTask ; save_link_draft(...) ; complete_by_link(...)
decline_link(session, session_token, reason, now) ; forward_link(session, session_token, name, email, now)
send_reminders(session, now) -> number sent                     # periodic; so does tell_late, once a task is late
links_of_run(session, actor, root_id, now) -> [LinkLine]        # sent, opened, started, done
resend_link(session, actor, link_id, now) ; revoke_link(session, actor, link_id, now)
"""

from jalon.services.worklist.assigning import (
    CannotTake,
    Handed,
    assign,
    assign_many,
    claim,
    may_assign,
    release,
    to_assign,
)
from jalon.services.worklist.clashing import Difference, DraftMoved, changed_since, differences_since
from jalon.services.worklist.completing import (
    complete_draft,
    complete_task,
    complete_with_retry,
    retried,
    submission_count,
)
from jalon.services.worklist.correcting import NothingToCorrect, ReasonMissing, correct, correction_page, corrections_of
from jalon.services.worklist.counting import count_running
from jalon.services.worklist.drafting import NotYours, open_page, save_draft, save_page
from jalon.services.worklist.filling import task_page
from jalon.services.worklist.filters import FilterRefused, filter_text, filters_of, forget_filter, keep_filter
from jalon.services.worklist.following import RunLine, history, principal_dossier
from jalon.services.worklist.layout import DayLayout, day_layout
from jalon.services.worklist.linkfollowing import LinkLine, links_of_run
from jalon.services.worklist.links import (
    CodeNeeded,
    LinkOver,
    LinkPage,
    LinkSessionOver,
    LinkTask,
    LinkUnknown,
    complete_by_link,
    decline_link,
    forward_link,
    link_holder,
    link_page,
    open_link,
    renew_link,
    resend_link,
    revoke_link,
    save_link_draft,
    send_link_code,
    start_link_session,
    start_with_code,
)
from jalon.services.worklist.listing import inbox, my_day, next_in_list, next_tasks, saved_filter
from jalon.services.worklist.missing import Missing, missing
from jalon.services.worklist.model import (
    Completed,
    Corrected,
    CorrectionLine,
    DraftInfo,
    MyDay,
    OpenIncident,
    Page,
    Row,
    RunningWork,
    Saved,
    TaskClosed,
    TaskPage,
    TaskTaken,
)
from jalon.services.worklist.papers import files_in, keep_file
from jalon.services.worklist.reminding import send_reminders, tell_late
from jalon.store.worklist import TaskFilter

__all__ = [
    "CannotTake",
    "CodeNeeded",
    "Completed",
    "Corrected",
    "CorrectionLine",
    "DayLayout",
    "Difference",
    "DraftInfo",
    "DraftMoved",
    "FilterRefused",
    "Handed",
    "LinkLine",
    "LinkOver",
    "LinkPage",
    "LinkSessionOver",
    "LinkTask",
    "LinkUnknown",
    "Missing",
    "MyDay",
    "NotYours",
    "NothingToCorrect",
    "OpenIncident",
    "Page",
    "ReasonMissing",
    "Row",
    "RunLine",
    "RunningWork",
    "Saved",
    "TaskClosed",
    "TaskFilter",
    "TaskPage",
    "TaskTaken",
    "assign",
    "assign_many",
    "changed_since",
    "claim",
    "complete_by_link",
    "complete_draft",
    "complete_task",
    "complete_with_retry",
    "correct",
    "correction_page",
    "corrections_of",
    "count_running",
    "day_layout",
    "decline_link",
    "differences_since",
    "files_in",
    "filter_text",
    "filters_of",
    "forget_filter",
    "forward_link",
    "history",
    "inbox",
    "keep_file",
    "keep_filter",
    "link_holder",
    "link_page",
    "links_of_run",
    "may_assign",
    "missing",
    "my_day",
    "next_in_list",
    "next_tasks",
    "open_link",
    "open_page",
    "principal_dossier",
    "release",
    "renew_link",
    "resend_link",
    "retried",
    "revoke_link",
    "save_draft",
    "save_link_draft",
    "save_page",
    "saved_filter",
    "send_link_code",
    "send_reminders",
    "start_link_session",
    "start_with_code",
    "submission_count",
    "task_page",
    "tell_late",
    "to_assign",
]
