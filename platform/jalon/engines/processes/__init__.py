"""Processes: BPMN read, checked against the profile, compiled, and executed by a token interpreter."""
