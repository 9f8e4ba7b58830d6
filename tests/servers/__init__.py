"""Real servers for the tests: each starts in a place of its own and is stopped by its fixture."""
