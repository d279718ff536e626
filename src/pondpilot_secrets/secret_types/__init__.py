"""Every secret type as data, one file each in `catalog`; forms, options, docs, mapping and tests derive from it.

`registry.get` finds a type; `validation.normalise` and `validation.validate` turn what was given into fields that may be
saved; `scopes.normalise_scopes` does the same for scopes; `mapping.create_parameters` makes what CREATE SECRET binds;
`environment.environment_variables` what `pond exec` sets.

Nothing here imports DuckDB, opens a keychain or knows a vault.
"""
