"""Who may do what, and the record of who did: grants and the audit log, later rate limits and presence.

`grants` says what an interface may do; `audit` writes the log, `audit_chain` seals it as `docs/formats/audit.md` says,
`audit_verify` checks it. Nothing here opens a keychain or talks to DuckDB.
"""
