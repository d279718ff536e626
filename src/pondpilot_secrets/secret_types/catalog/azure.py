"""Azure Blob Storage and Data Lake Storage."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.base import Category, Field, FieldKind, Parameters, Problem, Provider, SecretType
from pondpilot_secrets.secret_types.derived_values import azure_connection_string
from pondpilot_secrets.secret_types.field_kinds import CONTROL, check_kind
from pondpilot_secrets.secret_types.http_fields import HTTP_PROXY, HTTP_PROXY_PASSWORD, HTTP_PROXY_USERNAME
from pondpilot_secrets.secret_types.object_store_probes import listing
from pondpilot_secrets.secret_types.rules import excludes, links_of, needs
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.secret_types.base import Fields, References

_PART = re.compile(rb"(?:\A|;)([A-Za-z]++)=([^;]*+)")
_URL = re.compile(rb"https?://[^\x00-\x20/?#@;]+(?::[0-9]+)?(?:/[^\x00-\x20?#;]*)?\Z", re.IGNORECASE)
_BARE_HOST = re.compile(rb"[^\x00-\x20/?#@;]+\Z")
_CHAIN_LINKS = ("cli", "managed_identity", "workload_identity", "env", "default")

_ACCOUNT_NAME = Field(
    "account_name",
    "Storage account",
    "The name of the storage account, as it stands before .blob.core.windows.net.",
    FieldKind.HOST,
    aliases=("account_id", "account", "storage_account"),
    environment=("AZURE_STORAGE_ACCOUNT",),
    example="mystorageaccount",
)
_ENDPOINT = Field(
    "endpoint",
    "Endpoint",
    "The domain after the account's name. With an account key also a whole URL, such as Azurite's.",
    default="blob.core.windows.net",
    aliases=("blob_endpoint",),
    example="blob.core.windows.net",
)
_PROXIES = (
    HTTP_PROXY,
    replace(HTTP_PROXY_USERNAME, name="proxy_user_name", aliases=("proxy_user", "http_proxy_username")),
    replace(HTTP_PROXY_PASSWORD, name="proxy_password", aliases=("http_proxy_password",)),
)
_CLIENT_ID = Field(
    "client_id",
    "Client id",
    "The application (client) id of the app registration, from its overview page in Entra.",
    aliases=("application_id", "azure_client_id"),
    environment=("AZURE_CLIENT_ID",),
    example="00000000-0000-0000-0000-000000000000",
)
_COMMON = (_ENDPOINT, *_PROXIES)


def _endpoint_is_one(fields: Fields) -> Problem | None:
    if "endpoint" not in fields:
        return None
    with fields["endpoint"].exposed() as view:
        whole, bare = _URL.match(view) is not None, _BARE_HOST.match(view) is not None
    if bare or (whole and "account_key" in fields):
        return None
    message = "endpoint must be a domain without a scheme, such as blob.core.windows.net"
    return Problem("endpoint", message, "a whole URL goes with an account_key only, or into a connection_string")


def _connection_string_is_one(fields: Fields) -> Problem | None:
    if "connection_string" not in fields:
        return None
    name = "connection_string"
    with fields[name].exposed() as view:
        if CONTROL.search(view):
            return Problem(name, "connection_string must not hold control characters or line ends")
        parts = {bytes(match[1]).lower(): match.span(2) for match in _PART.finditer(view)}
        if not parts or sum(end - start for start, end in parts.values()) == 0:
            message = "connection_string must be made of Name=value parts, joined by `;`"
            return Problem(name, message, "copy it from the storage account's page, Access keys")
        if b"accountkey" not in parts:
            return None
        start, end = parts[b"accountkey"]
        with SecureString(view[start:end]) as key:
            problem = check_kind(replace(_ACCOUNT_KEY, name="the AccountKey in connection_string"), key)
    return None if problem is None else replace(problem, field=name)


def _something_is_given(fields: Fields) -> Problem | None:
    if "connection_string" in fields or "account_name" in fields:
        return None
    return Problem("connection_string", "connection_string is missing", "or give account_name and account_key")


def _secret_or_certificate(fields: Fields) -> Problem | None:
    if "client_secret" in fields or "client_certificate_path" in fields:
        return None
    return Problem("client_secret", "client_secret is missing", "or give client_certificate_path")


def _parameters(parameters: Parameters, fields: Fields, _references: References) -> None:
    if "account_key" not in fields:
        return
    text = azure_connection_string(fields["account_name"], fields["account_key"], fields.get("endpoint"))
    for name in ("account_name", "endpoint"):
        parameters.values.pop(name, None)
    parameters.values["connection_string"] = parameters.own(text)


def _variables(fields: Fields) -> Mapping[str, SecureString]:
    if "account_key" not in fields or "endpoint" not in fields:
        return {}
    text = azure_connection_string(fields["account_name"], fields["account_key"], fields["endpoint"])
    return {"AZURE_STORAGE_CONNECTION_STRING": text}


_ACCOUNT_KEY = Field(
    "account_key",
    "Account key",
    "One of the two keys of the storage account, from its page, Access keys. It opens the whole account.",
    FieldKind.BASE64,
    sensitive=True,
    aliases=("key", "storage_key", "secret"),
    parameter=False,
    environment=("AZURE_STORAGE_KEY",),
)

SECRET_TYPE = SecretType(
    name="azure",
    label="Azure Storage",
    help="Files in Azure Blob Storage and Azure Data Lake Storage.",
    category=Category.CLOUD_STORAGE,
    duckdb_type="azure",
    extensions=("azure",),
    providers=(
        Provider(
            "config",
            "Account key or connection string",
            "Give the account's name and key, or a connection string (one with a SAS works too).",
            (
                Field(
                    "connection_string",
                    "Connection string",
                    "From the storage account's page, Access keys or Shared access signature.",
                    sensitive=True,
                    environment=("AZURE_STORAGE_CONNECTION_STRING",),
                    example="DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…",
                ),
                _ACCOUNT_NAME,
                _ACCOUNT_KEY,
                *_COMMON,
            ),
            rules=(
                needs("account_key", "account_name"),
                _something_is_given,
                excludes("connection_string", ("account_key",), "the connection string holds the key already"),
                _endpoint_is_one,
                _connection_string_is_one,
            ),
        ),
        Provider(
            "service_principal",
            "Service principal",
            "An app registration of Entra, with a client secret or a certificate.",
            (
                Field(
                    "tenant_id",
                    "Tenant id",
                    "The directory (tenant) id, from the app registration's overview page.",
                    FieldKind.HOST,
                    required=True,
                    aliases=("azure_tenant_id", "directory_id"),
                    environment=("AZURE_TENANT_ID",),
                    example="00000000-0000-0000-0000-000000000000",
                ),
                replace(_CLIENT_ID, required=True),
                Field(
                    "client_secret",
                    "Client secret",
                    "The value (not the id) of a secret of the app registration, Certificates and secrets.",
                    sensitive=True,
                    aliases=("azure_client_secret", "secret"),
                    environment=("AZURE_CLIENT_SECRET",),
                ),
                Field(
                    "client_certificate_path",
                    "Client certificate",
                    "The PEM file with the certificate and its private key, instead of a client secret.",
                    FieldKind.PEM_PATH,
                    aliases=("certificate_path",),
                    environment=("AZURE_CLIENT_CERTIFICATE_PATH",),
                ),
                replace(_ACCOUNT_NAME, required=True),
                *_COMMON,
            ),
            rules=(
                _secret_or_certificate,
                excludes("client_secret", ("client_certificate_path",), "one of the two logs in"),
                _endpoint_is_one,
            ),
        ),
        Provider(
            "credential_chain",
            "Login of this machine",
            "Use the Azure login of this machine (`az login`, variables, identities). Nothing secret is saved.",
            (
                Field(
                    "chain",
                    "Chain",
                    "Where to look, in order, joined by `;`: " + ", ".join(_CHAIN_LINKS) + ".",
                    default="default",
                    example="cli;env",
                ),
                replace(_ACCOUNT_NAME, required=True),
                *_COMMON,
            ),
            rules=(links_of(_CHAIN_LINKS), _endpoint_is_one),
        ),
        Provider(
            "managed_identity",
            "Managed identity",
            "The identity of the Azure machine this runs on. Nothing secret is saved.",
            (
                replace(_ACCOUNT_NAME, required=True),
                replace(
                    _CLIENT_ID, help="The client id of a user-assigned identity; leave it out for the machine's own."
                ),
                Field("object_id", "Object id", "The object id of a user-assigned identity, instead of its client id."),
                Field(
                    "resource_id",
                    "Resource id",
                    "The resource id of a user-assigned identity, instead of its client id.",
                ),
                *_COMMON,
            ),
            rules=(
                excludes("client_id", ("object_id", "resource_id"), "each names an identity"),
                excludes("object_id", ("resource_id",), "each names an identity"),
                _endpoint_is_one,
            ),
            since="1.4.1",
        ),
        Provider(
            "access_token",
            "Access token",
            "A token for https://storage.azure.com that you obtained yourself; it expires within hours.",
            (
                Field(
                    "access_token",
                    "Access token",
                    "As `az account get-access-token --resource https://storage.azure.com` prints it.",
                    FieldKind.HEADER,
                    sensitive=True,
                    required=True,
                    aliases=("token", "bearer_token"),
                ),
                replace(_ACCOUNT_NAME, required=True),
                *_COMMON,
            ),
            rules=(_endpoint_is_one,),
        ),
    ),
    probe=listing(
        "az://my-container/",
        (
            (r"ContainerNotFound|ResourceNotFound|The specified container does not exist", TestReason.NOT_FOUND),
            (
                r"AuthenticationFailed|InvalidAuthenticationInfo|AuthorizationFailure|NoAuthenticationInformation|"
                r"Failed to get token|AADSTS\d+|Unexpected end of Base64",
                TestReason.WRONG_CREDENTIALS,
            ),
            (r"AuthorizationPermissionMismatch|PublicAccessNotPermitted", TestReason.NOT_ALLOWED),
            (r"ServerBusy", TestReason.RATE_LIMITED),
        ),
    ),
    aliases=("az", "adls", "azure_blob", "azure_storage"),
    default_scopes=("azure://", "az://", "abfss://", "abfs://"),
    scope_schemes=("azure://", "az://", "abfss://", "abfs://"),
    parameters=_parameters,
    environment=_variables,
    example="FROM 'az://my-container/events/*.parquet' LIMIT 5",
)
