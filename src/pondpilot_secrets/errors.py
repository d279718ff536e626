"""Every error that this product raises: a number that never changes, a message, and what to do next.

Codes 1001 to 1008 are those of the design; ours follow from 1009. No error ever holds a credential: messages name
secrets, fields and rules, never values. Catch `SecretError` for all of them, a group for one kind of cause, or the class
that you can act on. Neither `SecretError` nor a group is ever raised itself.

- SecretError
  * KeychainError, where the values rest: start it, unlock it, answer it, or try again
    - KeychainAccessDeniedError (1001)
    - PlatformNotSupportedError (1004)
    - KeychainLockedError (1010)
    - PromptDismissedError (1013)
    - PromptTimeoutError (1014)
    - KeychainUnavailableError (1015)
  * PolicyError, what the caller may do, how often, and whether somebody confirmed it
    - RateLimitExceededError (1007)
    - PolicyDeniedError (1011)
    - PresenceRefusedError (1024)
  * DataError, what the vault keeps: a wrong key, something missing, damaged, or in use by another process
    - EncryptionFailedError (1005)
    - DecryptionFailedError (1006)
    - AuditBrokenError (1012)
    - CredentialMissingError (1016)
    - CredentialCorruptError (1017)
    - VaultError (1018)
    - VaultBusyError (1021)
  * DuckDBError, what DuckDB, or the server behind it, did not take
    - DuckDBIntegrationError (1008)
    - ExtensionMissingError (1019)
    - NameConflictError (1020)
    - RotationRefusedError (1025)
  * InputError, the request itself: another name or value is needed
    - SecretNotFoundError (1002)
    - InvalidCredentialsError (1003)
    - NameTakenError (1009)
    - UsageError (1022)
    - WipedError (1023)
"""

from __future__ import annotations

from typing import ClassVar


def exit_status(code: int) -> int:
    """Return the exit status of `pond` for an error's code: its last digits plus 9, so 10 for 1001."""
    return code - 1000 + 9


class SecretError(Exception):
    """The base of all errors here; never raised itself.

    Attributes:
        code: a stable number, also the base of exit statuses and of HTTP problem details.
        message: what happened, in words a user can act on.
        hint: the next step, or None where there is none.
    """

    code: ClassVar[int] = 1000
    default_hint: ClassVar[str | None] = None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint if hint is not None else self.default_hint

    @property
    def exit_status(self) -> int:
        """The exit status of `pond` for this error."""
        return exit_status(self.code)


class KeychainError(SecretError):
    """The group of all that goes wrong where the values rest."""


class PolicyError(SecretError):
    """The group of all that the caller may not do, or not now."""


class DataError(SecretError):
    """The group of all that is wrong with what the vault keeps."""


class DuckDBError(SecretError):
    """The group of all that DuckDB, or the server behind it, did not take."""


class InputError(SecretError):
    """The group of all that is wrong with the request itself."""


class KeychainAccessDeniedError(KeychainError):
    """Raised when the keychain refuses us although it is there and unlocked."""

    code = 1001
    default_hint = "allow this program in the keychain's own settings, or run `pond doctor`"


class SecretNotFoundError(InputError):
    """Raised when no secret has the given name or id."""

    code = 1002
    default_hint = "`pond ls` shows the names there are"


class InvalidCredentialsError(InputError):
    """Raised when a field, a name or a scope breaks a rule, before anything is saved.

    Attributes:
        field: the field that is wrong, or None when it is the secret as a whole.
    """

    code = 1003

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.field = field


class PlatformNotSupportedError(KeychainError):
    """Raised when this system has no keychain that answers, or lacks what an operation needs."""

    code = 1004
    default_hint = "use the encrypted file instead: `POND_STORE=file pond vault init`"


class EncryptionFailedError(DataError):
    """Raised when a payload could not be encrypted."""

    code = 1005


class DecryptionFailedError(DataError):
    """Raised when a passphrase or key is wrong, or when encrypted data was changed."""

    code = 1006


class RateLimitExceededError(PolicyError):
    """Raised when more was asked for than the limits allow.

    Attributes:
        retry_after: seconds until the next call is allowed.
        key: which limit it was: `use`, `reveal`, or `reveal:` and the id of a secret.
    """

    code = 1007

    def __init__(self, message: str, *, retry_after: float, key: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
        self.key = key


class DuckDBIntegrationError(DuckDBError):
    """Raised when DuckDB refuses a secret, an ATTACH or a query; every value in its text is redacted."""

    code = 1008


class NameTakenError(InputError):
    """Raised when a secret of that name is there already (names differ by more than case)."""

    code = 1009
    default_hint = "choose another name, or change the one there is with `pond edit`"


class KeychainLockedError(KeychainError):
    """Raised when the keychain is there but locked, and could not be unlocked."""

    code = 1010
    default_hint = "unlock it with `pond vault unlock`"


class PolicyDeniedError(PolicyError):
    """Raised when the caller lacks the grant that an operation needs."""

    code = 1011


class AuditBrokenError(DataError):
    """Raised when the audit log could not be written or does not verify."""

    code = 1012


class PromptDismissedError(KeychainError):
    """Raised when the user closed the keychain's prompt without answering."""

    code = 1013
    default_hint = "run the command again and answer the prompt"


class PromptTimeoutError(KeychainError):
    """Raised when the keychain asked for a password and nobody answered in time, or nobody could see it."""

    code = 1014
    default_hint = "without a display, unlock the keychain first: `pond doctor` shows how"


class KeychainUnavailableError(KeychainError):
    """Raised when the keychain or its bus stopped answering; trying again may help.

    Attributes:
        timed_out: whether it let a deadline pass, so that trying again at once would only wait once more.
    """

    code = 1015
    default_hint = "`pond doctor` says which keychain answers"

    def __init__(self, message: str, *, timed_out: bool = False, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.timed_out = timed_out


class CredentialMissingError(DataError):
    """Raised when a secret is known but its keychain item is gone: another program deleted it."""

    code = 1016
    default_hint = "enter it again with `pond edit NAME`, or drop it with `pond rm NAME`"


class CredentialCorruptError(DataError):
    """Raised when a keychain item does not hold what was saved: edited elsewhere, or half written."""

    code = 1017
    default_hint = "enter it again with `pond edit NAME`, or drop it with `pond rm NAME`"


class VaultError(DataError):
    """Raised when the vault's own files are missing, damaged or of a newer version."""

    code = 1018


class ExtensionMissingError(DuckDBError):
    """Raised when DuckDB lacks the extension that a secret type needs."""

    code = 1019


class NameConflictError(DuckDBError):
    """Raised when the DuckDB instance holds a secret of that name which is not ours."""

    code = 1020
    default_hint = "apply it under another name, or drop the other secret first"


class VaultBusyError(DataError):
    """Raised when another process kept the vault's write lock longer than we wait."""

    code = 1021
    default_hint = "try again when the other command has ended"


class UsageError(InputError):
    """Raised when a request makes no sense as it stands: a missing file, two options that exclude each other."""

    code = 1022


class WipedError(InputError):
    """Raised when a value is asked for after it was wiped, usually outside of its `with` block."""

    code = 1023
    default_hint = "use the value inside the `with` block that opened it"


class PresenceRefusedError(PolicyError):
    """Raised when nobody confirmed in time that they are there: dismissed, failed, or nobody could be asked."""

    code = 1024
    default_hint = "run it again and confirm; `pond vault presence` shows how this vault asks"


class RotationRefusedError(DuckDBError):
    """Raised when a new value did not pass its test; the old one stays in force."""

    code = 1025
    default_hint = "check the new value, or give `--no-test` where the server cannot be reached from here"
