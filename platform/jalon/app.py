"""Puts the pieces together: settings, database, gateways, doors."""
