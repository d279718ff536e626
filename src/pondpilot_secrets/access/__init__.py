"""Who may do what: the audit log, and later grants, rate limits and presence.

Nothing here opens a keychain or talks to DuckDB.
"""
