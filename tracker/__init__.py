"""The Django app: what is stored, and what happens to it."""
