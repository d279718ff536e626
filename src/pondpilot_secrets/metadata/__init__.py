"""What is known of each secret, in SQLite: never a credential, never a user name.

`store` is what others call; `database` opens and shares the file, `schema` and `schema_migrations` shape it; `rows`,
`lookup`, `listing` and `full_text` read it; `integrity` finds corruption; `write_lock` and `lock_queue` keep writers apart.
The keychain and DuckDB are not known here.
"""
