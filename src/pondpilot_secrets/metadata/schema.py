"""The tables, as each migration makes them; a statement that was released is never changed, only followed by others.

Times are microseconds since 1970 in UTC. `name_key` is the folded name; `proposal` is what an incomplete edit will make
of the row; `haystack` is what a search looks at; `checksum` checks the row, as `checksum.py` says. No column holds a
credential or a user name. The moments of `rate_limits` are nanoseconds since the machine started (`sliding_window.py`).
"""

from __future__ import annotations

VERSION_1 = (
    """CREATE TABLE secrets (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL,
        provider TEXT NOT NULL,
        scopes TEXT NOT NULL,
        tags TEXT NOT NULL,
        description TEXT,
        field_names TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        last_used_at INTEGER,
        use_count INTEGER NOT NULL DEFAULT 0,
        expires_at INTEGER,
        revision INTEGER NOT NULL,
        inject_only INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL CHECK (state IN ('pending', 'ready', 'updating', 'deleting')),
        proposal TEXT,
        proposed_key TEXT,
        haystack TEXT NOT NULL,
        checksum INTEGER NOT NULL
    )""",
    # Covers a whole search in the order of names, so that only the rows that are shown are looked up.
    """CREATE INDEX secrets_listing ON secrets (name_key, type, haystack) WHERE state IN ('ready', 'updating')""",
    """CREATE INDEX secrets_by_type ON secrets (type, name_key) WHERE state IN ('ready', 'updating')""",
    """CREATE INDEX secrets_incomplete ON secrets (state) WHERE state <> 'ready'""",
    """CREATE UNIQUE INDEX secrets_proposed ON secrets (proposed_key) WHERE proposed_key IS NOT NULL""",
    # Holds the name too, so that the secrets of one tag come in the order of names without sorting.
    """CREATE TABLE secret_tags (
        tag_key TEXT NOT NULL,
        name_key TEXT NOT NULL,
        secret INTEGER NOT NULL REFERENCES secrets (key) ON DELETE CASCADE,
        PRIMARY KEY (tag_key, name_key)
    ) WITHOUT ROWID""",
    """CREATE INDEX secret_tags_by_secret ON secret_tags (secret)""",
    """CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        interface TEXT NOT NULL,
        pid INTEGER NOT NULL,
        user TEXT NOT NULL,
        action TEXT NOT NULL,
        secret_id TEXT,
        secret_name TEXT,
        outcome TEXT NOT NULL,
        code INTEGER,
        detail TEXT,
        mac BLOB NOT NULL
    )""",
    """CREATE INDEX audit_by_secret ON audit (secret_id, seq)""",
    """CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TABLE audit_anchor (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        first_seq INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        last_mac BLOB NOT NULL,
        mac BLOB NOT NULL
    )""",
    """CREATE TABLE rate_limits (
        key TEXT NOT NULL,
        moment INTEGER NOT NULL,
        total INTEGER NOT NULL,
        PRIMARY KEY (key, moment)
    ) WITHOUT ROWID""",
)
