"""The console's own pages; importing a module adds its routes to the blueprint."""

from jalon_admin.views import artifact, change, conflicts, drafts, history, home, preview

__all__ = ["artifact", "change", "conflicts", "drafts", "history", "home", "preview"]
