"""AWS_… variables that need more than one field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.secret_types.base import Fields

_FALSE = SecureString("false")


def endpoint_url(fields: Fields, default: tuple[SecureString | bytes, ...] = ()) -> dict[str, SecureString]:
    """Return AWS_ENDPOINT_URL, which has the scheme that DuckDB's ENDPOINT must not have."""
    parts: tuple[SecureString | bytes, ...] = (fields["endpoint"],) if "endpoint" in fields else default
    if not parts:
        return {}
    plain = "use_ssl" in fields and fields["use_ssl"] == _FALSE
    return {"AWS_ENDPOINT_URL": SecureString.join([b"http://" if plain else b"https://", *parts])}


def aws_variables(fields: Fields) -> Mapping[str, SecureString]:
    """Return what the AWS tools need besides the fields' own variables: an endpoint, and a role by web identity."""
    variables = endpoint_url(fields)
    if "web_identity_token_file" in fields and "assume_role_arn" in fields:
        variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = fields["web_identity_token_file"]
        variables["AWS_ROLE_ARN"] = fields["assume_role_arn"]
        if "session_name" in fields:
            variables["AWS_ROLE_SESSION_NAME"] = fields["session_name"]
    return variables
