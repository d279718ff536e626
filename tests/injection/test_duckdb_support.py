"""What this DuckDB does not take in a secret is refused, or goes into the ATTACH; nothing is dropped in silence."""

from __future__ import annotations

import duckdb
import pytest

from pondpilot_secrets.errors import DuckDBIntegrationError
from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection.duckdb_support import attach_words, fields_to_create, running_version
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.secret_types import registry
from tests.injection.helpers import apply, connect, injector, make_secret

LTS = (1, 4, 4)
NEWEST = (1, 5, 5)
POSTGRES = registry.get("postgres")


def refusal(type_name: str, fields: dict[str, str], *, provider: str | None = None, for_attach: bool = False):
    secret = make_secret(type_name, "mine", fields, provider=provider)
    with pytest.raises(DuckDBIntegrationError) as raised:
        fields_to_create(secret, registry.get(type_name), for_attach=for_attach, version=LTS)
    return raised.value


def test_the_running_version_is_that_of_the_python_package() -> None:
    assert ".".join(map(str, running_version())) == duckdb.__version__


def test_a_field_that_came_later_is_refused_with_the_duckdb_that_has_it() -> None:
    error = refusal("s3", {"key_id": "AK", "secret": "marker-word", "verify_ssl": "false"})
    assert error.message == "DuckDB 1.4.4 does not take verify_ssl in a secret of type s3; DuckDB 1.5.0 does"
    assert error.hint is not None
    assert "pip install 'duckdb>=1.5.0'" in error.hint
    assert "`pond edit mine verify_ssl=`" in error.hint
    assert "marker-word" not in str(error)


def test_the_newest_of_several_fields_is_what_is_needed() -> None:
    error = refusal("s3", {"http_proxy": "p:1", "session_name": "s"}, provider="credential_chain")
    assert "session_name, http_proxy" in error.message
    assert error.message.endswith("DuckDB 1.5.4 does")


def test_a_type_or_provider_that_came_later_is_refused_before_its_extension_is_looked_for() -> None:
    assert "does not know secrets of type quack" in refusal("quack", {"token": "t"}).message
    assert "1.5.3" in refusal("quack", {"token": "t"}).message
    secret = make_secret("azure", "mine", {"account_name": "a"}, provider="managed_identity")
    with pytest.raises(DuckDBIntegrationError, match=r"managed_identity.*1\.4\.1"):
        fields_to_create(secret, registry.get("azure"), for_attach=False, version=(1, 4, 0))


def test_all_fields_go_to_a_duckdb_that_takes_them() -> None:
    fields = {"key_id": "AK", "secret": "s", "verify_ssl": "false"}
    secret = make_secret("s3", "mine", fields)
    assert fields_to_create(secret, registry.get("s3"), for_attach=False, version=NEWEST) == secret.credentials


def test_words_of_libpq_go_into_the_attach_of_an_older_duckdb() -> None:
    secret = make_secret("postgres", "wh", {"host": "h", "sslmode": "require", "application_name": "it's a \\ test"})
    assert set(fields_to_create(secret, POSTGRES, for_attach=True, version=LTS)) == {"host"}
    words = attach_words(secret, POSTGRES, LTS)
    assert words == r"sslmode='require' application_name='it\'s a \\ test'"
    statement = attaching.attach_statement(secret, POSTGRES, "wh", "wh", read_only=True, version=LTS)
    assert statement == (
        r"""ATTACH 'sslmode=''require'' application_name=''it\''s a \\ test''' AS "wh" """
        '(TYPE postgres, SECRET "wh", READ_ONLY)'
    )
    assert attaching.attach_statement(secret, POSTGRES, "wh", "wh", read_only=True, version=NEWEST).startswith(
        "ATTACH '' AS"
    )


def test_a_word_that_only_the_attach_takes_is_no_part_of_an_applied_secret() -> None:
    error = refusal("postgres", {"host": "h", "sslmode": "verify-full"})
    assert error.message == (
        "DuckDB 1.4.4 takes sslmode only when a database is attached; DuckDB 1.5.3 in a secret, too"
    )
    assert error.hint is not None
    assert error.hint.startswith("attach it instead of applying it")


@pytest.mark.parametrize("name", ["uri", "sslpassword", "scram_client_key", "oauth_client_secret", "aws_rds_secret"])
def test_what_is_secret_never_goes_into_the_attach(name: str) -> None:
    error = refusal("postgres", {name: "marker-word"}, for_attach=True)
    assert name in error.message
    assert "1.5.3" in error.message
    secret = make_secret("postgres", "wh", {name: "marker-word", "sslmode": "require"})
    assert "marker-word" not in attach_words(secret, POSTGRES, LTS)


def test_further_words_come_last() -> None:
    secret = make_secret("postgres", "wh", {"connect_timeout": "60"})
    words = attach_words(secret, POSTGRES, LTS, {"connect_timeout": "4"})
    assert words == "connect_timeout='4'"
    assert attach_words(secret, POSTGRES, NEWEST, {"connect_timeout": "4"}) == "connect_timeout='4'"


def test_words_reach_the_server_with_every_duckdb(postgres_server) -> None:
    secret = make_secret(
        "postgres",
        "wh",
        {
            "host": postgres_server.host,
            "port": str(postgres_server.port),
            "user": postgres_server.user,
            "password": postgres_server.password,
            "database": postgres_server.database,
            "application_name": 'it\'s a \\ "test"',
        },
    )
    with connect() as con:
        injector().apply(con, secret, POSTGRES, for_attach=True)
        attaching.attach(con, secret, POSTGRES, "wh", extensions=Extensions(offline=True))
        asked = "SELECT * FROM postgres_query('wh', 'SELECT current_setting(''application_name'')')"
        assert con.execute(asked).fetchone() == ('it\'s a \\ "test"',)


@pytest.mark.skipif(running_version() >= (1, 5, 3), reason="this DuckDB takes every word of libpq in a secret")
def test_a_secret_with_words_in_its_attach_does_not_count_as_applied(postgres_server) -> None:
    fields = {"host": postgres_server.host, "sslmode": "prefer"}
    secret = make_secret("postgres", "wh", fields)
    with connect() as con:
        injector().apply(con, secret, POSTGRES, for_attach=True)
        assert not injector().keep(con, "wh", secret.metadata.id, secret.metadata.revision)
        with pytest.raises(DuckDBIntegrationError, match="sslmode"):
            apply(con, secret)
