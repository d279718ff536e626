"""The encrypted file: payloads under AES-256-GCM in an SQLite file.

For machines without a keychain, and for thousands of secrets.

A random data key encrypts every payload; key slots hold that key wrapped by a passphrase, a key file or a keychain item.
`key_sources` and `recovery_code` are where wrapping keys come from, `key_slots` wraps, `sqlite_file` opens the
file, `provider` is what a vault uses. The
format is specified in `docs/formats/encrypted-file.md`.
"""

from pondpilot_secrets.keychain.encrypted_file.key_sources import FileKey, KeychainKey, KeySource, PassphraseKey
from pondpilot_secrets.keychain.encrypted_file.provider import EncryptedFile
from pondpilot_secrets.keychain.encrypted_file.recovery_code import RecoveryCode

__all__ = ["EncryptedFile", "FileKey", "KeySource", "KeychainKey", "PassphraseKey", "RecoveryCode"]
