"""All that talks to DuckDB: extensions, secrets, tests, attached databases, hardening.

Values are always bound, never part of a statement, and every error text is scrubbed on its way out.
"""
