"""Pure engines: data in, data out; no web, no database, no clock."""
