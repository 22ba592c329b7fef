"""Builders of what a test does not talk about."""
