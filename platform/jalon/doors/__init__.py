"""The outside that calls us."""
