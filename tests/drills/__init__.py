"""Drills: crashes, restarts and races on the real commands; a short version of each runs with the tests."""
