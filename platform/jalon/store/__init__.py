"""Tables and query functions; the only floor that knows SQL."""
