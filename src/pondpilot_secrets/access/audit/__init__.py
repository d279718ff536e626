"""The audit log: who did what with which secret, when, and how it ended. Never a value.

`audit_log` writes it, `chain` makes its MACs as `docs/formats/audit.md` says, `verify` checks it, `reader` reads it into the
`records`, and `ocsf` puts those into the words of log collectors. Every command imports `audit_log`; the others wait
until they are needed.
"""

from pondpilot_secrets.access.audit.audit_log import Action, AuditEntry, AuditLog, Outcome

__all__ = ["Action", "AuditEntry", "AuditLog", "Outcome"]
