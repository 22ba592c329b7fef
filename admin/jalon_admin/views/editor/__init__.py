"""The visual editors: each page stands beside plain pages that do the same without a script."""

from jalon_admin.views.editor import condition, form, lists, moving, tables, variants

__all__ = ["condition", "form", "lists", "moving", "tables", "variants"]
