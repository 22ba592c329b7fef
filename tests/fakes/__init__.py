"""Stand-ins for the outside."""
