"""The test modules that stand among those of `src/` and mirror none: each is about what several modules do together.

Tests of the whole product stand in folders of their own: docs, integration, memory, rules, torture.
"""

from __future__ import annotations

BEHAVIOURS: dict[str, str] = {
    "tests/metadata/test_processes.py": "several processes on one metadata.db",
    "tests/metadata/test_speed.py": "how much work SQLite does for what people wait for",
    "tests/access/presence/test_real_polkit.py": "this system's own polkitd, with our policy, asked and answered",
    "tests/injection/test_errors_hold_no_value.py": "DuckDB's own errors, which repeat values, from every statement of ours",
    "tests/injection/test_exact_arrival.py": "every field of every type, with hard values, as DuckDB holds it",
    "tests/keychain/encrypted_file/test_format.py": "the encrypted file is what its page says, byte for byte",
    "tests/keychain/encrypted_file/test_processes.py": "several processes on one encrypted file",
    "tests/keychain/encrypted_file/test_rekey.py": "a new data key: slots, items and epoch as one",
    "tests/keychain/encrypted_file/test_tampering.py": "an encrypted file that somebody changed",
    "tests/keychain/test_keyring_backend_suite.py": "the suite of the keyring library over every provider",
    "tests/keychain/test_payload_format.py": "an item is what its page says, byte for byte",
    "tests/keychain/test_system_failures.py": "every way in which a system's keychain fails, on a real one",
    "tests/secret_types/test_catalog.py": "what every type must bring with it",
    "tests/secret_types/test_registry_matches_duckdb.py": "every type, provider and parameter that the running DuckDB has",
    "tests/vault/test_shells_of_other_versions.py": "DuckDB shells of other versions, and without a network",
    "tests/interfaces/cli/test_left_open.py": "no command leaves a file, a connection or a process open, however it ends",
    "tests/commands/test_open_values.py": "no command leaves a value open when it fails, however it fails",
    "tests/test_imports.py": "what importing the package, and any command, brings in",
    "tests/vault/test_damaged_files.py": "a vault whose files were damaged, emptied or edited, through the facade",
}
