"""Who may do what, how often, and the record of who did: grants, rate limits, presence and the audit log.

`grants` says what an interface may do; `rate_limits` how often, over `rate_counters`; `presence/` asks whether the person is
there. `audit` writes the log, `audit_chain` seals it as `docs/formats/audit.md` says, `audit_verify` checks it,
`audit_reader` reads it. Nothing here opens a keychain or talks to DuckDB.
"""
