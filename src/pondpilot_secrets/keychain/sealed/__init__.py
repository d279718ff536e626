"""The sealed store: payloads under AES-256-GCM in an SQLite file.

For machines without a keychain, and for thousands of secrets.

A random data key seals every payload; key slots hold that key wrapped by a passphrase, a key file or a keychain item.
`keys` and `recovery` are where wrapping keys come from, `slots` wraps, `file` opens the file, `store` is the provider. The
format is specified in `docs/formats/sealed.md`.
"""

from pondpilot_secrets.keychain.sealed.keys import FileKey, KeychainKey, KeySource, PassphraseKey
from pondpilot_secrets.keychain.sealed.recovery import RecoveryCode
from pondpilot_secrets.keychain.sealed.store import SealedStore

__all__ = ["FileKey", "KeySource", "KeychainKey", "PassphraseKey", "RecoveryCode", "SealedStore"]
