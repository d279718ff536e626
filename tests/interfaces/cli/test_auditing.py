"""`pond audit`, `pond rotate`, `pond vault limits` and what expires, as child processes."""

from __future__ import annotations

import json
import sqlite3

from tests.interfaces.cli.pond import Pond
from tests.services.http_server import HTTPDataServer


def test_what_was_done_is_listed_with_who_did_it_and_how_it_ended(warehouse: Pond) -> None:
    warehouse.ok("reveal", "warehouse", "password")
    records = warehouse.ok("audit", "ls", "--json").json()["records"]
    assert [(record["action"], record["outcome"]) for record in records] == [("reveal", "ok"), ("save", "ok")]
    assert {record["interface"] for record in records} == {"cli"}
    assert "warehouse" in warehouse.ok("audit", "ls", "warehouse").out
    assert warehouse.ok("audit", "ls", "--since", "2999-01-01").out == ""
    assert warehouse("audit", "ls", "--since", "yesterday").status == 2


def test_a_changed_log_does_not_verify_and_can_be_begun_anew(warehouse: Pond) -> None:
    whole = warehouse.ok("audit", "verify", "--json").json()
    assert whole["verification"]["ok"]
    assert warehouse.ok("audit", "verify", "--since", whole["anchor"]).status == 0
    database = sqlite3.connect(warehouse.folder / "vault" / "metadata.db")
    database.execute("DROP TRIGGER audit_is_never_changed")
    database.execute("UPDATE audit SET user = 'nobody' WHERE seq = 1")
    database.execute("UPDATE audit_anchor SET mac = x'00'")
    database.commit()
    database.close()
    broken = warehouse("audit", "verify")
    assert broken.status == 1
    assert "BROKEN" in broken.out
    refused = warehouse("reveal", "warehouse", "password")
    assert refused.status == 21
    assert refused.out == ""
    assert "pond audit restart" in refused.err
    warehouse.ok("audit", "restart", "--reason", "a test")
    assert warehouse.ok("reveal", "warehouse", "user").out == "ana"
    assert warehouse.ok("audit", "verify", "--json").json()["verification"]["earlier_rows"] == 1


def test_the_log_is_exported_line_by_line_in_our_words_and_in_those_of_ocsf(warehouse: Pond) -> None:
    warehouse.ok("reveal", "warehouse", "password")
    own = [json.loads(line) for line in warehouse.ok("audit", "export").out.splitlines()]
    assert [record["action"] for record in own] == ["save", "reveal"]
    events = [json.loads(line) for line in warehouse.ok("audit", "export", "--format", "ocsf").out.splitlines()]
    assert [(event["class_uid"], event["activity_name"]) for event in events] == [(3004, "Create"), (3004, "Read")]
    assert all(event["type_uid"] == event["class_uid"] * 100 + event["activity_id"] for event in events)
    assert events[0]["entity"]["name"] == "warehouse"
    assert events[0]["metadata"]["sequence"] == 1


def test_rotate_keeps_only_what_works(pond: Pond, http_data_server: HTTPDataServer) -> None:
    pond.ok("add", "http", "api", "token=@-", "--scope", f"{http_data_server.base_url}/", stdin="old-marker")
    target = ("--target", http_data_server.url)
    refused = pond("rotate", "api", "token=@-", *target, stdin="wrong-marker")
    assert refused.status == 34
    assert "marker" not in refused.err
    assert "the old one stays" in refused.err
    assert pond.ok("reveal", "api", "token").out == "old-marker"
    pond.ok("rotate", "api", "token=@-", *target, stdin=http_data_server.token)
    assert pond.ok("reveal", "api", "token").out == http_data_server.token


def test_rotate_asks_for_every_sensitive_value(warehouse: Pond) -> None:
    terminal = warehouse.terminal("rotate", "warehouse", "--no-test")
    terminal.wait_for("password").type("brand new marker\r")
    assert terminal.end() == 0
    assert "marker" not in terminal.screen
    assert warehouse.ok("reveal", "warehouse", "password").out == "brand new marker"


def test_limits_are_shown_changed_and_kept(warehouse: Pond) -> None:
    assert "60 a minute" in warehouse.ok("vault", "limits").out
    assert "2 an hour" in warehouse.ok("vault", "limits", "--reveal-each", "2/hour").out
    for _ in range(2):
        warehouse.ok("reveal", "warehouse", "user")
    refused = warehouse("reveal", "warehouse", "user", "--json")
    assert refused.status == 16
    assert refused.out == ""
    assert refused.error()["code"] == 1007
    warehouse.ok("vault", "limits", "--reveal-each", "default")
    assert warehouse.ok("reveal", "warehouse", "user").out == "ana"
    assert warehouse("vault", "limits", "--reveal-each", "lots").status == 31


def test_what_expires_is_shown_and_warned_of(pond: Pond) -> None:
    pond.ok("add", "s3", "lasting", "key_id=k", "secret=@-", stdin="s")
    assert "EXPIRY" not in pond.ok("ls").out
    pond.ok("add", "s3", "short", "key_id=k", "secret=@-", "--expires", "1m", stdin="s")
    assert "expires in" in pond.ok("ls").out
    assert "expires in" in pond.ok("show", "short").out
    used = pond.ok("sql", "short", "--csv", "-c", "SELECT 1 AS x")
    assert used.out == "x\n1\n"
    assert "warning: 'short' expires in" in used.err
    assert "short expires in" in pond("doctor").out
    pond.ok("edit", "short", "--expires", "")
    assert "EXPIRY" not in pond.ok("ls").out


def test_an_inject_only_secret_is_used_and_not_shown(pond: Pond) -> None:
    pond.ok("add", "s3", "lake", "key_id=k", "secret=@-", "--inject-only", stdin="marker")
    assert "lake" in pond.ok("sql", "lake", "--csv", "-c", "SELECT name FROM duckdb_secrets()").out
    for words in (("reveal", "lake", "secret"), ("exec", "lake", "--", "env"), ("edit", "lake", "--no-inject-only")):
        ended = pond(*words)
        assert ended.status == 20
        assert "inject-only" in ended.err
        assert "marker" not in ended.out + ended.err


def test_a_vault_for_reading_says_why_it_changes_nothing(warehouse: Pond) -> None:
    ended = warehouse("rm", "warehouse", "--yes", POND_READ_ONLY="1")
    assert ended.status == 20
    assert "`write` is missing" in ended.err
    assert warehouse.ok("reveal", "warehouse", "user", POND_READ_ONLY="1").out == "ana"


def test_steering_characters_are_written_out_in_an_exported_log(warehouse: Pond) -> None:
    warehouse.ok("add", "mysql", "a\u202eb", "host=h", "password=env:P", P="p")
    for form in ("jsonl", "ocsf"):
        out = warehouse.ok("audit", "export", "--format", form).out
        assert "\u202e" not in out
        assert "a\\u202eb" in out
