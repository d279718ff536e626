"""Who may do what, and the record of who did: grants, the audit log and presence, later rate limits.

`grants` says what an interface may do; `audit` writes the log, `audit_chain` seals it as `docs/formats/audit.md` says,
`audit_verify` checks it; `presence/` asks whether the person is there. Nothing here opens a keychain or talks to DuckDB.
"""
