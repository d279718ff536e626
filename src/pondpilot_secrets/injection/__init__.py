"""All that talks to DuckDB: extensions, secrets, probes, attached databases, hardening.

Prepared statements take every value apart from their text, and every error text is redacted on its way out.
"""
