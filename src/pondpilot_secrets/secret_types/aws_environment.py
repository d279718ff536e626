"""AWS_… variables that need more than one field."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.secret_types.base import Fields

Parts: TypeAlias = "tuple[SecureString | bytes, ...]"
"""What an endpoint's host is joined from."""


def _endpoint_url(fields: Fields, default: Parts) -> dict[str, SecureString]:
    """Return AWS_ENDPOINT_URL, which has the scheme that DuckDB's ENDPOINT must not have."""
    parts: Parts = (fields["endpoint"],) if "endpoint" in fields else default
    if not parts:
        return {}
    scheme = b"https://"
    if "use_ssl" in fields:
        with fields["use_ssl"].exposed() as view:
            scheme = b"http://" if bytes(view) == b"false" else scheme
    return {"AWS_ENDPOINT_URL": SecureString.join([scheme, *parts])}


def aws_variables(fields: Fields, default_endpoint: Parts = ()) -> Mapping[str, SecureString]:
    """Return what the AWS tools need besides the fields' own variables: an endpoint, and a role by web identity."""
    variables = _endpoint_url(fields, default_endpoint)
    if "web_identity_token_file" in fields and "assume_role_arn" in fields:
        variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = fields["web_identity_token_file"]
        variables["AWS_ROLE_ARN"] = fields["assume_role_arn"]
        if "session_name" in fields:
            variables["AWS_ROLE_SESSION_NAME"] = fields["session_name"]
    return variables
