"""The one door: `SecretsManager` orders metadata, keychain, access, audit and DuckDB for every interface.

`door` is the class; behind it `opening` makes or finds a vault, `vault` holds its open parts, `writing` keeps the two stores
in agreement, `reading` opens credentials, `lending` hands them to DuckDB. No SQL and no parsing belongs here.
"""

from pondpilot_secrets.manager.door import SecretsManager
from pondpilot_secrets.manager.writing import Draft

__all__ = ["Draft", "SecretsManager"]
