"""Where credentials rest: one file a provider, all behind `base.KeychainProvider`.

Nothing here knows secret types, names or DuckDB. No provider ever falls back to plain text.
"""
