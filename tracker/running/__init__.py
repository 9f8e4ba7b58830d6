"""Running the whole service as one program: its place, its processes, and their supervision.

`place` claims a VAR_DIR and a port, `processes` says what to start and how it ends,
`supervisor` keeps it running, `guardian` clears up when the supervisor itself is killed.
"""
