from __future__ import annotations

import pytest

from pondpilot_secrets.errors import DuckDBIntegrationError, InvalidCredentialsError, NameConflictError, UsageError
from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.secret_types import registry
from tests.injection.helpers import apply, connect, make_secret

POSTGRES = registry.get("postgres")
OFFLINE = Extensions(offline=True)


@pytest.fixture
def con():
    return connect()


def postgres_secret(server, **changes):
    fields = {
        "host": server.host,
        "port": str(server.port),
        "user": server.user,
        "password": server.password,
        "database": server.database,
    }
    return make_secret("postgres", "ware house", fields | changes)


def test_database_is_attached_read_only_under_the_name_of_the_secret(con, postgres_server):
    secret = postgres_secret(postgres_server)
    apply(con, secret)
    assert attaching.attach(con, secret, POSTGRES, "ware house") == "ware house"
    assert con.execute('SELECT count(*) FROM "ware house".public.orders').fetchone() == (3,)
    with pytest.raises(Exception, match="read-only"):
        con.execute('CREATE TABLE "ware house".public.x (a INT)')


def test_alias_in_use_is_a_clear_error(con, postgres_server):
    secret = postgres_secret(postgres_server)
    apply(con, secret)
    with pytest.raises(NameConflictError, match="MEMORY"):
        attaching.attach(con, secret, POSTGRES, "ware house", "MEMORY")


def test_rotated_secret_reaches_the_database_by_attaching_anew(con, postgres_server):
    wrong, right = postgres_secret(postgres_server, password="another password"), postgres_secret(postgres_server)
    apply(con, right)
    attaching.attach(con, right, POSTGRES, "ware house", "wh")
    apply(con, wrong)
    assert con.execute("SELECT count(*) FROM wh.public.orders").fetchone() == (3,)
    with pytest.raises(DuckDBIntegrationError) as raised:
        attaching.reattach(con, wrong, POSTGRES, "ware house", "wh", extensions=OFFLINE)
    assert "another password" not in str(raised.value)
    apply(con, right)
    assert attaching.reattach(con, right, POSTGRES, "ware house", "wh", extensions=OFFLINE) == "wh"
    attaching.detach(con, "wh")
    with pytest.raises(DuckDBIntegrationError):
        attaching.detach(con, "wh")
    attaching.detach(con, "wh", missing_is_fine=True)


def test_type_whose_files_are_read_by_path_cannot_be_attached(con):
    with pytest.raises(UsageError, match="s3"):
        attaching.attach(con, make_secret("s3"), registry.get("s3"), "mine")


def test_statement_holds_names_quoted_and_no_credential():
    secret = make_secret("postgres", fields={"password": "marker-password", "user": "marker-user"})
    statement = attaching.attach_statement(secret, POSTGRES, "a\"b'c", "x'y\"z", read_only=False)
    assert statement == 'ATTACH \'\' AS "x\'y""z" (TYPE postgres, SECRET "a""b\'c")'


def test_target_is_quoted_and_its_options_too():
    secret = make_secret("quack", fields={"token": "t", "host": "a'b", "port": "9", "disable_ssl": "true"})
    assert attaching.attach_statement(secret, registry.get("quack"), "q", "q", read_only=True) == (
        "ATTACH 'quack:a''b:9' AS \"q\" (TYPE quack, DISABLE_SSL true, READ_ONLY)"
    )


def test_target_with_a_nul_is_refused():
    secret = make_secret("motherduck", fields={"token": "t", "database": "a\0b"})
    with pytest.raises(InvalidCredentialsError, match="NUL"):
        attaching.attach_statement(secret, registry.get("motherduck"), "m", "m", read_only=True)
