"""Values in memory: `SecureString` holds one, `wipe` erases the temporaries that libraries force on us.

Nothing here knows of secrets, keychains or DuckDB. `arena` is where the bytes lie, `wiping` is how immutable objects are
erased, `string` is the type that everybody uses.
"""

from pondpilot_secrets.secure.secure_string import REDACTED, SecureString
from pondpilot_secrets.secure.wiping import wipe

__all__ = ["REDACTED", "SecureString", "wipe"]
