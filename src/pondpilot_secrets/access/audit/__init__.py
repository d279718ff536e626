"""The audit log: who did what with which secret, when, and how it ended. Never a value.

`log` writes it, `chain` makes its MACs as `docs/formats/audit.md` says, `verify` checks it, `reader` reads it into the
`records`, and `ocsf` puts those into the words of log collectors. Every command imports `log`; the others wait
until they are needed.
"""

from pondpilot_secrets.access.audit.log import Action, AuditEntry, AuditLog, Outcome

__all__ = ["Action", "AuditEntry", "AuditLog", "Outcome"]
