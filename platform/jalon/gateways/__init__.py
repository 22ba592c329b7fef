"""The outside that we call."""
