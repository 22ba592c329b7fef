"""Jalon: forms and processes shared by a network of agencies, configured in layers."""

__version__ = "0.1.0"
