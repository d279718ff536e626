"""What is known of each secret, in SQLite: never a credential, never a user name.

`store` is the room's door; `database` opens and shares the file, `migrations` and `schema` shape it, `rows`, `finding`,
`listing` and `full_text` read it, `lock` keeps writers apart. The keychain and DuckDB are not known here.
"""
