"""The fields of a PostgreSQL connection: every word that libpq knows and DuckDB passes on.

DuckDB takes all but a few of them in a secret since 1.5.3 only; an older one still takes them in ATTACH. libpq
reads them as C strings, so a NUL in any of them would cut off all that follows.
"""

from __future__ import annotations

from dataclasses import replace

from pondpilot_secrets.secret_types.base import Field, FieldKind

_PROTOCOLS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_VERSIONS = ("3.0", "3.2", "latest")


_ALWAYS_TAKEN = frozenset({"host", "port", "user", "password", "database", "passfile"})


def _whole(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(
        replace(field, c_string=True, since=None if field.name in _ALWAYS_TAKEN else "1.5.3") for field in fields
    )


def _on_off(name: str, label: str, help_text: str, default: str, *environment: str) -> Field:
    return Field(name, label, help_text, FieldKind.CHOICE, default=default, choices=("0", "1"), environment=environment)


def _seconds(name: str, label: str, help_text: str, *environment: str) -> Field:
    return Field(name, label, help_text, FieldKind.INTEGER, minimum=0, maximum=2**31 - 1, environment=environment)


CONNECTION_FIELDS = _whole(
    (
        Field(
            "host",
            "Host",
            "The server's name or address, or the folder of its Unix socket. Several are joined by commas.",
            default="localhost",
            aliases=("hostname", "server"),
            environment=("PGHOST",),
            example="db.example.com",
            shown_in_errors=True,
        ),
        Field("port", "Port", "The server's port.", FieldKind.PORT, default="5432", environment=("PGPORT",)),
        Field(
            "database",
            "Database",
            "The database's name; the user's name when left out.",
            aliases=("dbname", "db"),
            environment=("PGDATABASE",),
            example="shop",
        ),
        Field("user", "User", "The database user.", aliases=("username",), environment=("PGUSER",), example="ana"),
        Field(
            "password",
            "Password",
            "The password of the database user.",
            sensitive=True,
            aliases=("secret", "passwd", "pwd"),
            environment=("PGPASSWORD",),
        ),
        Field(
            "uri",
            "Connection URI",
            "Everything in one text, as providers show it: postgresql://user:password@host/database.",
            sensitive=True,
            aliases=("url", "dsn", "connection_string"),
            example="postgresql://…",
        ),
        Field(
            "aws_rds_secret",
            "RDS secret",
            "The name of an rds secret here; its IAM token is used instead of a password.",
            FieldKind.REFERENCE,
        ),
    )
)

TLS_FIELDS = _whole(
    (
        Field(
            "sslmode",
            "TLS mode",
            "How much TLS to insist on: require encrypts, verify-ca and verify-full also check who answers.",
            FieldKind.CHOICE,
            default="prefer",
            choices=("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
            aliases=("ssl_mode",),
            environment=("PGSSLMODE",),
        ),
        Field(
            "sslrootcert",
            "CA file",
            "The PEM file with the certificate authority to trust, or `system` for those of this machine.",
            FieldKind.PEM_PATH,
            choices=("system",),
            aliases=("ssl_ca", "ssl_root_cert"),
            environment=("PGSSLROOTCERT",),
        ),
        Field(
            "sslcert",
            "Client certificate",
            "The PEM file with your own certificate.",
            FieldKind.PEM_PATH,
            aliases=("ssl_cert",),
            environment=("PGSSLCERT",),
        ),
        Field(
            "sslkey",
            "Client key",
            "The PEM file with the private key of your certificate.",
            FieldKind.PEM_PATH,
            aliases=("ssl_key",),
            environment=("PGSSLKEY",),
        ),
        Field("sslpassword", "Client key's password", "The password of the private key's file.", sensitive=True),
        Field(
            "sslcertmode",
            "Client certificate's use",
            "Whether a client certificate is sent.",
            FieldKind.CHOICE,
            default="allow",
            choices=("disable", "allow", "require"),
            environment=("PGSSLCERTMODE",),
        ),
        Field(
            "sslcrl",
            "Revocation list",
            "The PEM file that lists revoked certificates.",
            FieldKind.PEM_PATH,
            environment=("PGSSLCRL",),
        ),
        Field(
            "sslcrldir",
            "Revocation folder",
            "A folder of lists of revoked certificates.",
            FieldKind.PATH,
            environment=("PGSSLCRLDIR",),
        ),
        _on_off("sslsni", "TLS SNI", "Whether to send the host's name when TLS starts.", "1", "PGSSLSNI"),
        _on_off("sslcompression", "TLS compression", "Ignored by new servers.", "0", "PGSSLCOMPRESSION"),
        _on_off("requiressl", "Require TLS", "The old spelling of sslmode=require. Use sslmode.", "0", "PGREQUIRESSL"),
        Field(
            "sslnegotiation",
            "TLS negotiation",
            "direct saves a round trip with PostgreSQL 17 and later.",
            FieldKind.CHOICE,
            default="postgres",
            choices=("postgres", "direct"),
            environment=("PGSSLNEGOTIATION",),
        ),
        Field(
            "ssl_min_protocol_version",
            "Lowest TLS version",
            "Refuse anything older.",
            FieldKind.CHOICE,
            default="TLSv1.2",
            choices=_PROTOCOLS,
            environment=("PGSSLMINPROTOCOLVERSION",),
        ),
        Field(
            "ssl_max_protocol_version",
            "Highest TLS version",
            "Refuse anything newer.",
            FieldKind.CHOICE,
            choices=_PROTOCOLS,
            environment=("PGSSLMAXPROTOCOLVERSION",),
        ),
        Field(
            "sslkeylogfile",
            "TLS key log",
            "A file for the session's TLS keys, to debug with. Who reads it can read the traffic.",
            FieldKind.PATH,
        ),
        Field(
            "requirepeer",
            "Server's owner",
            "The system user who must own the server, over a Unix socket.",
            environment=("PGREQUIREPEER",),
        ),
    )
)

FURTHER_FIELDS = _whole(
    (
        Field(
            "hostaddr",
            "Host address",
            "The server's IP address, to save looking its name up.",
            environment=("PGHOSTADDR",),
            shown_in_errors=True,
        ),
        _seconds(
            "connect_timeout",
            "Connect timeout",
            "Seconds to wait for the server; 0 waits for ever.",
            "PGCONNECT_TIMEOUT",
        ),
        Field(
            "application_name",
            "Application name",
            "What the server's logs call this connection.",
            environment=("PGAPPNAME",),
        ),
        Field("fallback_application_name", "Fallback name", "Used when application_name is not set."),
        Field(
            "options",
            "Server options",
            "Options for the session, such as `-c statement_timeout=5s`.",
            environment=("PGOPTIONS",),
        ),
        Field("client_encoding", "Client encoding", "DuckDB needs UTF8.", environment=("PGCLIENTENCODING",)),
        Field("service", "Service", "The name of an entry in pg_service.conf.", environment=("PGSERVICE",)),
        Field("passfile", "Password file", "The path of a .pgpass file.", FieldKind.PATH, environment=("PGPASSFILE",)),
        Field(
            "target_session_attrs",
            "Kind of server",
            "Which of several hosts will do.",
            FieldKind.CHOICE,
            default="any",
            choices=("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
            environment=("PGTARGETSESSIONATTRS",),
        ),
        Field(
            "load_balance_hosts",
            "Order of hosts",
            "Whether several hosts are tried in random order.",
            FieldKind.CHOICE,
            default="disable",
            choices=("disable", "random"),
            environment=("PGLOADBALANCEHOSTS",),
        ),
        Field(
            "channel_binding",
            "Channel binding",
            "Whether the password must be bound to the TLS channel.",
            FieldKind.CHOICE,
            default="prefer",
            choices=("disable", "prefer", "require"),
            environment=("PGCHANNELBINDING",),
        ),
        Field(
            "require_auth",
            "Login methods",
            "The ways of logging in to accept, joined by commas, such as scram-sha-256.",
            environment=("PGREQUIREAUTH",),
        ),
        _on_off("keepalives", "Keepalives", "Whether TCP keepalives are sent.", "1"),
        _seconds("keepalives_idle", "Keepalive after", "Seconds of silence before the first keepalive."),
        _seconds("keepalives_interval", "Keepalive again after", "Seconds before an unanswered keepalive is repeated."),
        _seconds("keepalives_count", "Keepalives lost", "How many may be lost before the connection counts as dead."),
        _seconds("tcp_user_timeout", "TCP user timeout", "Milliseconds that sent data may stay unacknowledged."),
        Field(
            "replication",
            "Replication",
            "Speak the replication protocol. DuckDB does not need it.",
            FieldKind.CHOICE,
            choices=("true", "on", "yes", "1", "database", "false", "off", "no", "0"),
        ),
        Field(
            "gssencmode",
            "GSSAPI encryption",
            "Whether to encrypt by Kerberos.",
            FieldKind.CHOICE,
            default="prefer",
            choices=("disable", "prefer", "require"),
            environment=("PGGSSENCMODE",),
        ),
        Field(
            "krbsrvname",
            "Kerberos service",
            "The server's service name in Kerberos.",
            default="postgres",
            environment=("PGKRBSRVNAME",),
        ),
        Field("gsslib", "GSSAPI library", "On Windows: gssapi to prefer it over SSPI.", environment=("PGGSSLIB",)),
        _on_off(
            "gssdelegation", "Delegate Kerberos", "Whether the server may act in your name.", "0", "PGGSSDELEGATION"
        ),
        Field(
            "scram_client_key",
            "SCRAM client key",
            "Base64; logs in without the password itself.",
            FieldKind.BASE64,
            sensitive=True,
        ),
        Field(
            "scram_server_key",
            "SCRAM server key",
            "Base64; goes with the client key.",
            FieldKind.BASE64,
            sensitive=True,
        ),
        Field(
            "min_protocol_version",
            "Lowest protocol",
            "The lowest version of PostgreSQL's protocol.",
            FieldKind.CHOICE,
            choices=_VERSIONS,
            environment=("PGMINPROTOCOLVERSION",),
        ),
        Field(
            "max_protocol_version",
            "Highest protocol",
            "The highest version of PostgreSQL's protocol.",
            FieldKind.CHOICE,
            choices=_VERSIONS,
            environment=("PGMAXPROTOCOLVERSION",),
        ),
        Field("oauth_issuer", "OAuth issuer", "The issuer's URL, for PostgreSQL 18's OAuth login.", FieldKind.URL),
        Field("oauth_client_id", "OAuth client id", "The client's id at the issuer."),
        Field("oauth_client_secret", "OAuth client secret", "The client's secret at the issuer.", sensitive=True),
        Field("oauth_scope", "OAuth scope", "What the token is asked for."),
    )
)
