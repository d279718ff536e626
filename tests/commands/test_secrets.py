"""The commands that keep, find, change and try secrets, where the command line's own tests do not reach."""

from __future__ import annotations

import pytest

from pondpilot_secrets.commands.handing import EnvironmentRequest, environment
from pondpilot_secrets.commands.listing import ListRequest, list_secrets
from pondpilot_secrets.commands.revealing import RevealRequest, reveal
from pondpilot_secrets.commands.saving import AddRequest, EditRequest, RemoveRequest, add, edit, remove
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.showing import NameRequest, find, show
from pondpilot_secrets.commands.testing import TestRequest, test
from pondpilot_secrets.commands.types import TypesRequest, types
from pondpilot_secrets.commands.vault import (
    InitRequest,
    MigrateRequest,
    RekeyRequest,
    StatusRequest,
    init,
    migrate,
    rekey,
    status,
)
from pondpilot_secrets.errors import (
    InvalidCredentialsError,
    NameTakenError,
    SecretNotFoundError,
    UsageError,
)
from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secure import SecureString


def names(session: Session, **wanted: object) -> list[str]:
    return [secret.name for secret in list_secrets(session, ListRequest(**wanted)).secrets]  # type: ignore[arg-type]


@pytest.fixture
def several(warehouse: Session) -> Session:
    add(warehouse, AddRequest("s3", "Lake", {"key_id": "AK", "secret": "s"}, scopes=("s3://prod/",), tags=("prod",)))
    add(warehouse, AddRequest("mysql", "shop_50%", {"host": "h"}, description="éclair"))
    return warehouse


def test_a_list_is_by_name_and_by_what_is_asked_for(several: Session) -> None:
    assert names(several) == ["Lake", "shop_50%", "warehouse"]
    assert names(several, tag="prod") == ["Lake", "warehouse"]
    assert names(several, type="s3") == ["Lake"]
    assert names(several, type="postgres", tag="prod") == ["warehouse"]
    assert names(several, query="prod") == ["Lake", "warehouse"]
    assert names(several, query="éclair") == ["shop_50%"]
    assert names(several, limit=2) == ["Lake", "shop_50%"]
    assert names(several, tag="none") == []


@pytest.mark.parametrize("query", ['"', "'", "%", "*", "a OR b", "(", "-x", "NEAR(", "\0", "", " "])
def test_no_query_breaks_a_list(several: Session, query: str) -> None:
    assert set(names(several, query=query)) <= {"Lake", "shop_50%", "warehouse"}


def test_a_type_is_found_by_its_alias_and_an_unknown_one_is_refused(several: Session) -> None:
    alias = next(alias for each in registry.all_types() if each.name == "postgres" for alias in each.aliases)
    assert names(several, type=alias) == ["warehouse"]
    with pytest.raises(InvalidCredentialsError) as refused:
        names(several, type="oracle")
    assert refused.value.code == 1003


def test_an_edit_changes_only_what_is_given(several: Session) -> None:
    before = find(several, NameRequest("warehouse")).secret
    after = edit(several, EditRequest("warehouse", description="new")).secret
    assert (after.name, after.tags, after.revision, after.description) == ("warehouse", before.tags, 1, "new")
    after = edit(several, EditRequest("warehouse", fields={"password": SecureString("other"), "user": None})).secret
    assert (after.description, after.tags, after.revision) == ("new", before.tags, 2)
    assert "user" not in after.field_names
    with reveal(several, RevealRequest("warehouse", "password")).value as value:
        assert value.expose() == "other"


def test_an_empty_thing_in_an_edit_removes_it(several: Session) -> None:
    after = edit(several, EditRequest("warehouse", tags=(), description="")).secret
    assert (after.tags, after.description) == ((), None)


def test_an_edit_that_is_refused_changes_nothing(several: Session) -> None:
    before = find(several, NameRequest("warehouse")).secret
    for request, expected in (
        (EditRequest("warehouse", new_name="LAKE"), NameTakenError),
        (EditRequest("warehouse", fields={"port": "many"}), InvalidCredentialsError),
        (EditRequest("warehouse", fields={"nonsense": "x"}), InvalidCredentialsError),
        (EditRequest("warehouse", new_name=""), InvalidCredentialsError),
        (EditRequest("nobody", description="x"), SecretNotFoundError),
    ):
        with pytest.raises(expected):
            edit(several, request)
    assert find(several, NameRequest("warehouse")).secret == before
    with reveal(several, RevealRequest("warehouse", "password")).value as value:
        assert value.expose() == "marker-password"


def test_a_secret_may_be_given_its_own_name_in_other_letters(several: Session) -> None:
    assert edit(several, EditRequest("lake", new_name="LAKE")).secret.name == "LAKE"


def test_removing_is_all_or_none_and_a_name_may_be_there_twice(several: Session) -> None:
    with pytest.raises(SecretNotFoundError):
        remove(several, RemoveRequest(("Lake", "nobody")))
    assert names(several) == ["Lake", "shop_50%", "warehouse"]
    removed = remove(several, RemoveRequest(("lake", "LAKE", "warehouse"))).removed
    assert {secret.name for secret in removed} == {"Lake", "warehouse"}
    assert names(several) == ["shop_50%"]
    assert remove(several, RemoveRequest(())).removed == ()


def test_requests_never_show_a_value() -> None:
    for request in (AddRequest("s3", "x", {"secret": "marker"}), EditRequest("x", fields={"secret": "marker"})):
        assert "marker" not in repr(request)


def test_a_field_that_is_not_set_says_which_are(several: Session) -> None:
    with pytest.raises(InvalidCredentialsError) as refused:
        reveal(several, RevealRequest("warehouse", "database"))
    assert "password" in str(refused.value.hint)
    assert "marker" not in f"{refused.value} {refused.value.hint}"
    with pytest.raises(InvalidCredentialsError):
        reveal(several, RevealRequest("warehouse", "nonsense"))


def test_showing_hides_what_is_sensitive(several: Session) -> None:
    shown = show(several, NameRequest("warehouse"))
    assert dict(shown.values) == {"host": "127.0.0.1", "port": "1", "user": "ana"}
    assert shown.hidden == ("password",)
    assert shown.trouble is None


def test_tests_run_for_all_and_end_in_the_order_of_names(several: Session) -> None:
    told: list[tuple[int, int]] = []
    report = test(several, TestRequest(timeout=3), lambda done, total: told.append((done, total)))
    assert [tried.name for tried in report.tests] == ["Lake", "shop_50%", "warehouse"]
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert not report.ok
    (of_warehouse,) = [tried.result for tried in report.tests if tried.name == "warehouse"]
    assert of_warehouse.reason is TestReason.UNREACHABLE
    assert "marker" not in of_warehouse.message


def test_a_test_of_nothing_is_ok_and_of_nobody_is_not(session: Session) -> None:
    assert test(session, TestRequest()).ok
    with pytest.raises(SecretNotFoundError):
        test(session, TestRequest(("nobody",)))


@pytest.mark.parametrize("given", [(), ("Lake", "warehouse")])
def test_a_target_is_for_one_secret(several: Session, given: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        test(several, TestRequest(given, target="s3://prod/x"))


def test_a_test_reports_the_name_as_it_is_spelled(several: Session) -> None:
    (tried,) = test(several, TestRequest(("WAREHOUSE",), target="127.0.0.1", timeout=3)).tests
    assert tried.name == "warehouse"


def test_a_secret_without_variables_is_a_usage_error(session: Session) -> None:
    add(session, AddRequest("http", "api", {"bearer_token": "marker"}, scopes=("https://x.example.com/",)))
    with pytest.raises(UsageError, match="no variable is known for what api holds"):
        environment(session, EnvironmentRequest(("api",)))


def test_types_are_described_all_or_one(session: Session) -> None:
    assert len(types(session, TypesRequest()).types) == len(registry.all_types())
    (one,) = types(session, TypesRequest("postgres")).types
    assert one["name"] == "postgres"
    with pytest.raises(InvalidCredentialsError):
        types(session, TypesRequest("oracle"))


def test_a_vault_is_made_once(session: Session) -> None:
    assert status(session, StatusRequest()).store is None
    made = init(session, InitRequest())
    assert (made.store, made.secrets, made.opens_with) == ("file", 0, ("file",))
    with pytest.raises(UsageError, match="there is a vault"):
        init(session, InitRequest())


def test_a_vault_moves_only_to_a_store_that_there_is(warehouse: Session) -> None:
    for store in ("auto", "openbao", ""):
        with pytest.raises(UsageError):
            migrate(warehouse, MigrateRequest(store))
    assert status(warehouse, StatusRequest()).store == "file"


def test_a_rekey_needs_a_key_and_says_what_opens_the_vault_then(warehouse: Session) -> None:
    with pytest.raises(UsageError, match="no new key"):
        rekey(warehouse, RekeyRequest())
    result = rekey(warehouse, RekeyRequest(passphrase=SecureString("horse")))
    assert (result.items, result.opens_with) == (1, ("passphrase",))
    warehouse.close()
    with Session(home=warehouse.home, passphrase=SecureString("horse")) as later:
        value = reveal(later, RevealRequest("warehouse", "password")).value
        assert value.expose() == "marker-password"
        value.close()
