"""Fields and rules of AWS keys and AWS credential chains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.secret_types.base import Field, FieldKind, Problem, Provider
from pondpilot_secrets.secret_types.duckdb_versions import since
from pondpilot_secrets.secret_types.http_fields import EXTRA_HTTP_HEADERS, PROXY_FIELDS, VERIFY_SSL
from pondpilot_secrets.secret_types.rules import both_or_neither, links_of, needs

if TYPE_CHECKING:
    from pondpilot_secrets.secret_types.base import Fields, Rule

KEY_ID = Field(
    "key_id",
    "Access key id",
    "The public half of an access key, often starting with AKIA. It is shown where the key was made.",
    FieldKind.HEADER,
    aliases=("access_key_id", "access_key", "aws_access_key_id", "accesskeyid"),
    environment=("AWS_ACCESS_KEY_ID",),
    example="AKIAIOSFODNN7EXAMPLE",
)
SECRET = Field(
    "secret",
    "Secret access key",
    "The secret half of an access key. It is shown only once, when the key is made.",
    sensitive=True,
    aliases=("secret_access_key", "secret_key", "aws_secret_access_key", "secretaccesskey"),
    environment=("AWS_SECRET_ACCESS_KEY",),
)
SESSION_TOKEN = Field(
    "session_token",
    "Session token",
    "Comes with temporary credentials (STS, SSO) and only with them; it expires together with them.",
    FieldKind.HEADER,
    sensitive=True,
    aliases=("aws_session_token", "sessiontoken"),
    environment=("AWS_SESSION_TOKEN",),
)
REGION = Field(
    "region",
    "Region",
    "The region that the buckets lie in, such as eu-west-1.",
    FieldKind.HOST,
    default="us-east-1",
    aliases=("aws_region", "default_region"),
    environment=("AWS_REGION", "AWS_DEFAULT_REGION"),
    example="eu-west-1",
)
ENDPOINT = Field(
    "endpoint",
    "Endpoint",
    "The server's host and port, for stores that are not Amazon's (MinIO, Ceph, SeaweedFS). No https:// in front.",
    FieldKind.ENDPOINT,
    default="s3.amazonaws.com",
    aliases=("endpoint_url", "s3_endpoint"),
    example="minio.example.com:9000",
)
URL_STYLE = Field(
    "url_style",
    "URL style",
    "Where the bucket's name stands in the URL: vhost for Amazon, path for most others.",
    FieldKind.CHOICE,
    default="vhost",
    choices=("vhost", "path"),
)
USE_SSL = Field(
    "use_ssl",
    "Use TLS",
    "Whether to speak HTTPS. Turn it off only for a server on your own machine.",
    FieldKind.BOOLEAN,
    default="true",
)
URL_COMPATIBILITY = Field(
    "url_compatibility_mode",
    "URL compatibility mode",
    "Helps where object names hold characters that URLs treat specially.",
    FieldKind.BOOLEAN,
    default="false",
)
KMS_KEY_ID = Field(
    "kms_key_id",
    "KMS key",
    "The id of the AWS KMS key that new objects are encrypted with on the server.",
    FieldKind.HEADER,
)
REQUESTER_PAYS = Field(
    "requester_pays",
    "Requester pays",
    "Agree to pay for requests to buckets that charge the reader.",
    FieldKind.BOOLEAN,
    default="false",
)
REFRESH = Field(
    "refresh",
    "Refresh",
    "Let DuckDB fetch the credential again when a request fails because it expired.",
    FieldKind.CHOICE,
    choices=("auto",),
)
REFRESH_INFO = Field(
    "refresh_info",
    "Refresh parameters",
    "What DuckDB makes the secret from again when it refreshes it, as a JSON object. Rarely set by hand.",
    FieldKind.MAP,
    sensitive=True,
)
AWS_CONFIG_FIELDS = (
    KEY_ID,
    SECRET,
    REGION,
    SESSION_TOKEN,
    ENDPOINT,
    URL_STYLE,
    USE_SSL,
    VERIFY_SSL,
    URL_COMPATIBILITY,
    KMS_KEY_ID,
    REQUESTER_PAYS,
    *since("1.4.3", *PROXY_FIELDS, EXTRA_HTTP_HEADERS),
    REFRESH,
    REFRESH_INFO,
)

CHAIN_LINKS = ("env", "config", "sts", "sso", "web_identity", "instance", "process")
CHAIN = Field(
    "chain",
    "Chain",
    "Where to look for credentials, in order, joined by `;`: " + ", ".join(CHAIN_LINKS) + ".",
    example="env;config;sso",
)
PROFILE = Field(
    "profile",
    "Profile",
    "The profile in ~/.aws/config whose credentials are used. Needs `config` in the chain.",
    aliases=("aws_profile",),
    environment=("AWS_PROFILE",),
    example="analytics",
    c_string=True,
)
AWS_CHAIN_FIELDS = (
    CHAIN,
    PROFILE,
    REGION,
    Field(
        "assume_role_arn",
        "Role to assume",
        "The ARN of the role to take on with the credentials that the chain finds.",
        aliases=("role_arn",),
        example="arn:aws:iam::123456789012:role/reader",
        c_string=True,
    ),
    Field("external_id", "External id", "The shared id that the role's owner asks for.", c_string=True),
    Field(
        "session_name",
        "Session name",
        "What the role's session is called in AWS's logs.",
        c_string=True,
        since="1.5.3",
    ),
    Field(
        "web_identity_token_file",
        "Web identity token file",
        "The file with the token that is exchanged for credentials, as Kubernetes mounts it.",
        FieldKind.PATH,
        since="1.5.3",
    ),
    Field(
        "validation",
        "Validation",
        "Whether credentials must be found when the secret is applied (exists) or not (none).",
        FieldKind.CHOICE,
        default="exists",
        choices=("exists", "none"),
        since="1.4.1",
    ),
    KEY_ID,
    SECRET,
    SESSION_TOKEN,
    ENDPOINT,
    URL_STYLE,
    USE_SSL,
    URL_COMPATIBILITY,
    *since("1.5.4", *PROXY_FIELDS),
    REFRESH,
)


def _sts_needs_a_role(fields: Fields) -> Problem | None:
    if "chain" not in fields or "assume_role_arn" in fields:
        return None
    with fields["chain"].exposed() as view:
        if b"sts" not in bytes(view).split(b";"):
            return None
    return Problem("assume_role_arn", "assume_role_arn is missing: the chain's `sts` means nothing without it")


AWS_CONFIG_RULES = (both_or_neither("key_id", "secret"), needs("session_token", "key_id"))
AWS_CHAIN_RULES = (
    *AWS_CONFIG_RULES,
    links_of(CHAIN_LINKS),
    needs("assume_role_arn", "chain"),
    _sts_needs_a_role,
)


def aws_chain(fields: tuple[Field, ...] = AWS_CHAIN_FIELDS, *rules: Rule) -> Provider:
    """Return the provider that finds credentials the way AWS's own tools do."""
    return Provider(
        "credential_chain",
        "AWS credential chain",
        "Use what is on this machine: variables, ~/.aws profiles, SSO, roles. Nothing secret is saved.",
        fields,
        extensions=("aws",),
        rules=(*AWS_CHAIN_RULES, *rules),
    )
