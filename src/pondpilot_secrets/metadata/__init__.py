"""What is known of each secret, in SQLite: never a credential, never a user name.

Queries, migrations and the vault's write lock live here; the keychain and DuckDB do not.
"""
