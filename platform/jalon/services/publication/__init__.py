"""Publication: import packs, foresee the impact, publish, schedule, roll back, decide conflicts.

seen = impact(session, actor, [draft.id], effective_from=day)
release = publish(session, actor, [draft.id], effective_from=day, reason="…", epoch=seen.epoch)
"""

from jalon.services.publication.conflicts import DecisionRefused, conflicts, decide_conflict, decide_conflicts
from jalon.services.publication.errors import (
    ApprovalRefused,
    DraftOutdated,
    EpochChanged,
    NothingToPublish,
    PublicationRefused,
    RollbackRefused,
)
from jalon.services.publication.exporting import export_pack, published_pack
from jalon.services.publication.importing import import_pack
from jalon.services.publication.model import (
    ArtifactImpact,
    Choice,
    Conflict,
    CountRunningWork,
    Impact,
    Notice,
    Overriding,
    Published,
    RunningWork,
    UnitName,
)
from jalon.services.publication.moving import move_unit
from jalon.services.publication.notices import notices
from jalon.services.publication.publishing import impact, publish, publish_due, submit_for_review
from jalon.services.publication.undoing import history, rollback

__all__ = [
    "ApprovalRefused",
    "ArtifactImpact",
    "Choice",
    "Conflict",
    "CountRunningWork",
    "DecisionRefused",
    "DraftOutdated",
    "EpochChanged",
    "Impact",
    "NothingToPublish",
    "Notice",
    "Overriding",
    "PublicationRefused",
    "Published",
    "RollbackRefused",
    "RunningWork",
    "UnitName",
    "conflicts",
    "decide_conflict",
    "decide_conflicts",
    "export_pack",
    "history",
    "impact",
    "import_pack",
    "move_unit",
    "notices",
    "publish",
    "publish_due",
    "published_pack",
    "rollback",
    "submit_for_review",
]
