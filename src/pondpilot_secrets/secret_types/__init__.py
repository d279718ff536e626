"""Every secret type as data, one file each in `catalog`; forms, options, docs, mapping and tests derive from it.

Nothing here imports DuckDB, opens a keychain or knows a vault.
"""
