"""Real servers for the tests: one file a server, each usable from a shell too.

``python -m tests.services.postgres`` starts PostgreSQL, says how to reach it and stops it on Ctrl-C. Everything listens on
127.0.0.1 only and lives in temporary folders. Nothing here may import `pondpilot_secrets`: a server that shares code
with what it tests proves little.
"""
