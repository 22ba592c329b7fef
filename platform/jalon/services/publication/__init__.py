"""Publication: import packs, foresee the impact, publish, schedule, roll back, decide conflicts.

seen = impact(session, actor, [draft.id], effective_from=day)
release = publish_with(database, actor, [draft.id], effective_from=day, reason="…", epoch=seen.epoch)

Preparing takes seconds in a large network and only reads; `apply` writes in one short transaction. `publish_with`,
`import_with`, `move_with`, `rollback_with` and `decide_with` do the first in a session of their own; `publish`,
`rollback` and `decide_conflicts` do both in the caller's. Where a level demands a second reader, the first give a
`Waiting` that `approve_with` does, and the others raise SecondReaderNeeded.
"""

from jalon.services.publication.conflicts import (
    DecisionRefused,
    conflicts,
    decide_conflict,
    decide_conflicts,
    prepare_decisions,
)
from jalon.services.publication.errors import (
    ApprovalRefused,
    DraftOutdated,
    EpochChanged,
    NothingToPublish,
    PublicationRefused,
    ReadingOutdated,
    ReadingRefused,
    RollbackRefused,
    ScenariosFail,
    SecondReaderNeeded,
)
from jalon.services.publication.exporting import export_pack, published_pack
from jalon.services.publication.hotfixing import Hotfix, HotfixRefused, hotfix, plan_hotfix
from jalon.services.publication.importing import import_pack, prepare_import
from jalon.services.publication.model import (
    ArtifactImpact,
    Choice,
    Conflict,
    CountRunningWork,
    FailingScenario,
    Impact,
    Notice,
    Overriding,
    Published,
    RunningWork,
    UnitName,
    Waiting,
)
from jalon.services.publication.moving import move_unit, prepare_move
from jalon.services.publication.notices import News, news, notices
from jalon.services.publication.outside import (
    accept_with,
    approve_with,
    decide_with,
    import_with,
    move_with,
    publish_with,
    rehearse_import,
    rollback_with,
)
from jalon.services.publication.promoting import (
    CountValues,
    Equivalent,
    Offer,
    PromotionRefused,
    accept,
    count_offered,
    decline,
    offer,
    offers,
    prepare_acceptance,
)
from jalon.services.publication.publishing import impact, prepare, publish, publish_due, submit_for_review
from jalon.services.publication.reaching import NotReached, not_receiving
from jalon.services.publication.readings import compute_again, count_to_read, decline_reading, second_readings
from jalon.services.publication.readying import Prepared
from jalon.services.publication.recomputing import ListDecisions, LoggedDecision, to_recompute
from jalon.services.publication.rehearsing import Workshop
from jalon.services.publication.releasing import apply
from jalon.services.publication.reviewing import has_written, needs_second_reader
from jalon.services.publication.undoing import history, prepare_rollback, rollback
from jalon.services.publication.using import count_values, list_decisions

__all__ = [
    "ApprovalRefused",
    "ArtifactImpact",
    "Choice",
    "Conflict",
    "CountRunningWork",
    "CountValues",
    "DecisionRefused",
    "DraftOutdated",
    "EpochChanged",
    "Equivalent",
    "FailingScenario",
    "Hotfix",
    "HotfixRefused",
    "Impact",
    "ListDecisions",
    "LoggedDecision",
    "News",
    "NotReached",
    "NothingToPublish",
    "Notice",
    "Offer",
    "Overriding",
    "Prepared",
    "PromotionRefused",
    "PublicationRefused",
    "Published",
    "ReadingOutdated",
    "ReadingRefused",
    "RollbackRefused",
    "RunningWork",
    "ScenariosFail",
    "SecondReaderNeeded",
    "UnitName",
    "Waiting",
    "Workshop",
    "accept",
    "accept_with",
    "apply",
    "approve_with",
    "compute_again",
    "conflicts",
    "count_offered",
    "count_to_read",
    "count_values",
    "decide_conflict",
    "decide_conflicts",
    "decide_with",
    "decline",
    "decline_reading",
    "export_pack",
    "has_written",
    "history",
    "hotfix",
    "impact",
    "import_pack",
    "import_with",
    "list_decisions",
    "move_unit",
    "move_with",
    "needs_second_reader",
    "news",
    "not_receiving",
    "notices",
    "offer",
    "offers",
    "plan_hotfix",
    "prepare",
    "prepare_acceptance",
    "prepare_decisions",
    "prepare_import",
    "prepare_move",
    "prepare_rollback",
    "publish",
    "publish_due",
    "publish_with",
    "published_pack",
    "rehearse_import",
    "rollback",
    "rollback_with",
    "second_readings",
    "submit_for_review",
    "to_recompute",
]
