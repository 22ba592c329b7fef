"""Words shared by every floor; standard library only."""
