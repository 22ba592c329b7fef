"""Use cases, one module per responsibility; they flush and never commit."""
