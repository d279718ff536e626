"""Who may do what, how often, and the record of who did: grants, rate limits, presence and the audit log.

`grants` says what an interface may do; `rate_limits` how often, over `rate_counters`; `presence/` asks whether the person is
there; `audit/` keeps the log. Nothing here opens a keychain or talks to DuckDB.
"""
