"""From what an administrator posts to operations on the unit's level: one builder per action, found in a registry."""

from jalon_admin.changing import settings
from jalon_admin.changing.adding import QUESTION_TYPES, new_uid
from jalon_admin.changing.asking import ACTIONS, Asked, Builder, Posted, Wrong, action
from jalon_admin.changing.ordering import arranged

__all__ = [
    "ACTIONS",
    "QUESTION_TYPES",
    "Asked",
    "Builder",
    "Posted",
    "Wrong",
    "action",
    "arranged",
    "new_uid",
    "settings",
]
