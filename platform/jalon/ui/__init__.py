"""What pages share: templates, macros, form rendering; no routes."""
