"""Words that names no longer use, and sentences that are no longer said, each with what stands in its place.

Names are those of modules, classes, functions and parameters. The field has a noun for each of these things, which is what a
reader searches for; ours had to be looked up. Ordinary English in comments is free.
"""

from __future__ import annotations

WORDS: dict[str, str] = {
    "adopt": "use_store",
    "altered": "corrupt",
    "anew": "force_new, rebuild",
    "astray": "unindexed",
    "blanking": "residual memory",
    "cleared": "redact",
    "clearing": "redact, drop",
    "concealed": "protect",
    "damage": "problem",
    "door": "facade",
    "finding": "problem",
    "findings": "problems",
    "floor": "layer",
    "handing": "environment, shell",
    "harmless": "escape",
    "heard": "handlers",
    "house": "package",
    "lend": "inject",
    "lender": "injection service",
    "lending": "injection service",
    "lent": "injected",
    "looks": "checks",
    "mask": "protect",
    "masked": "protected",
    "mend": "repair",
    "mended": "repaired",
    "mending": "repair",
    "placing": "create secret",
    "reading": "reader, encoding",
    "readings": "encodings",
    "room": "package",
    "scrubbed": "redacted",
    "seal": "encrypt; MAC",
    "sealed": "encrypted file",
    "silent": "timed_out",
    "suspicion": "cooldown",
    "told": "expiry_of",
    "trial": "probe",
    "tried": "probe result",
    "trouble": "problem",
    "undoing": "rollback",
    "undone": "rollback, incomplete",
    "unseal": "decrypt",
    "wanted": "SecretSpec",
}
"""A part of a name: `sealed` also forbids `SealedFile` and `open_sealed`."""

NAMES: dict[str, str] = {
    "Bound": "prepared statement",
    "Failures": "ErrorMap",
    "Have": "has",
    "Put": "create",
    "Which": "BusKind",
    "_taken": "checks",
    "bind": "context binding",
    "binding": "context binding, associated data",
    "bound": "context binding, prepared statement",
    "digest_of": "checksum_of",
    "enter": "attach state",
    "expanded": "expand_…",
    "freed": "heap_scrubbing, residual_memory",
    "forget_what_is_open": "wipe_caches",
    "let_go_of_keychain": "close_store",
    "mark": "marker file, tag, pending move, sentinel, anchor",
    "migrate": "store move",
    "migrating": "store move",
    "parsed": "parse_…",
    "record_quietly": "try to audit",
    "recorded": "audited transaction",
    "recorded_first": "audit intent",
    "recover": "crash recovery, recovery codes",
    "recovered": "crash recovery, recovery codes",
    "recovering": "crash recovery, recovery codes",
    "recovery": "crash recovery, recovery codes",
    "refuse_moved_store": "check_store_unchanged",
    "renew": "refresh; rebuild (credential sources are renewed)",
    "renewal": "refresh (credential sources are renewed)",
    "retire": "attach state",
    "scrub": "redact; heap_scrubbing of memory",
    "taken_out": "pop_expiry",
    "translated": "map_error",
    "try_out": "probe",
}
"""A whole name, whatever its case where it begins small: `recovery` forbids `recovery.py` and not `recovery_codes.py`."""

ONLY_OF_THE_SCHEMA = {"migration": "store move", "migrations": "store move", "migrate": "store move"}
"""Parts of a name that are right where the schema of a database is meant: `schema_migrations.py`."""

SENTENCES: dict[str, str] = {
    "whoever": "who, or a name",
    "anew": "again",
    "of ours": "our",
    "astray": "not indexed",
    "which has been already": "the system clock ({today}) is in the past",
    "and was not done for": "timed out after 10 s: process N holds the vault's write lock",
    "what was to be done with": "the change to … is incomplete; the next write completes it or rolls it back",
    "is not settled": "is incomplete",
    "what leads to entries": "Indexes are rebuilt.",
    "that no key opens would be lost": "at least one key is required",
    "this machine has not the": "not enough memory for key derivation (64 MiB); free some and try again",
    "end other programs": "free some and try again",
    "nothing needs to be said": "No parameters.",
    "they differ; once more": "the passphrases do not match; try again",
    "sealed store": "file store",
    "sealed vault": "vault in an encrypted file",
    "sealed file": "encrypted file",
    "the sealed one": "the encrypted file",
    "lends it": "hands it",
    "the one door": "the facade",
}
"""What messages, hints, help and documentation do not say, in small letters."""

HEADINGS = ("is it you", "how often", "on the way in")
"""Headings of the documentation that nobody would look for."""
