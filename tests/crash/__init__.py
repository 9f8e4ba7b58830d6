"""The service under blows: everything of value survives them, and nothing is told twice."""
