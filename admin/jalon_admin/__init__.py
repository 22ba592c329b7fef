"""The administration console: one more door, which a deployment may leave out."""
