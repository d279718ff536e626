"""Rate limits: a loop that reads out a vault is stopped, and normal work is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import PolicyDeniedError, RateLimitExceededError, UsageError
from pondpilot_secrets.vault.drafts import Draft
from pondpilot_secrets.vault.limit_settings import LimitSettings
from tests.vault.parts import parts
from tests.vault.stores import open_vault

S3 = {"key_id": "AKIA", "secret": "marker-secret"}


@pytest.fixture
def vault(home: Path):
    with open_vault(home, "file") as opened:
        opened.save_secret("s3", "prod", S3)
        yield opened


def reveal(vault: SecretsManager, times: int, name: str = "prod") -> int:
    """Reveal until it is refused; returns how often it was not."""
    for number in range(times):
        try:
            vault.get_secret(name).close()
        except RateLimitExceededError:
            return number
    return times


def test_sixty_reveals_of_one_secret_a_minute_and_no_more(vault: SecretsManager) -> None:
    assert reveal(vault, 100) == 60
    with pytest.raises(RateLimitExceededError) as caught:
        vault.get_secret("prod")
    assert caught.value.code == 1007
    assert 0 < caught.value.retry_after <= 60.000001
    assert "try again in" in caught.value.message
    assert "pond vault limits" in (caught.value.hint or "")


def test_three_hundred_reveals_of_all_secrets_together(vault: SecretsManager) -> None:
    names = [f"n{number}" for number in range(301)]
    vault.save_secrets([Draft("s3", name, S3) for name in names])
    for secret in vault.get_secrets(names[:300]):
        secret.close()
    with pytest.raises(RateLimitExceededError, match="too many reveals"):
        vault.get_secret(names[300])
    with pytest.raises(RateLimitExceededError, match="at once are more"):
        vault.get_secrets(names)


def test_uses_are_limited_far_above_normal_work(vault: SecretsManager) -> None:
    vault.save_secrets([Draft("s3", f"n{number}", S3) for number in range(200)])
    names = [secret.name for secret in vault.list_secrets()]
    assert len(list(vault.test_secrets(names[:2], timeout=1))) == 2
    with duckdb.connect() as con:
        assert len(vault.apply(con, *names)) == 201
    vault.change_limits({"use_all": "1 per minute"})
    with duckdb.connect() as con, pytest.raises(RateLimitExceededError, match="too many uses"):
        vault.apply(con, *names[:1])


def test_what_was_refused_is_not_counted_as_a_use_and_is_recorded_once_a_minute(vault: SecretsManager) -> None:
    reveal(vault, 100)
    for _ in range(20):
        assert reveal(vault, 1) == 0
    assert vault.find_secret("prod").use_count == 60
    refused = [entry for entry in parts(vault).audit_reader.entries(None) if entry.outcome == "denied"]
    assert [(entry.action, entry.secret_name, entry.code) for entry in refused] == [("reveal", "prod", 1007)]
    assert parts(vault).audit.verify().ok


def test_deleting_the_counters_gets_nobody_past_them(vault: SecretsManager) -> None:
    reveal(vault, 100)
    parts(vault).metadata.database.change("DELETE FROM rate_limits")
    assert reveal(vault, 100) == 0
    parts(vault).metadata.database.change("DROP TABLE rate_limits")
    with pytest.raises(Exception, match="rate_limits"):
        vault.get_secret("prod")


def test_another_process_goes_on_where_this_one_stopped(vault: SecretsManager, home: Path) -> None:
    assert reveal(vault, 40) == 40
    code = (
        "from tests.vault.test_limit_settings import reveal; from tests.vault.stores import open_vault; import sys\n"
        "with open_vault(sys.argv[1], 'file') as vault: print(reveal(vault, 100))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(home)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "20"


def test_limits_are_set_in_their_notation_and_recorded(vault: SecretsManager) -> None:
    assert vault.change_limits({"reveal_each": "2 per hour"}).reveal_each == (2, 3600)
    assert reveal(vault, 5) == 2
    assert "reveal_each 2/3600" in [entry.detail for entry in parts(vault).audit_reader.entries()]
    for nonsense in ("many", "0/minute", "5 per 3 years"):
        with pytest.raises(UsageError):
            vault.change_limits({"reveal_each": nonsense})
    assert vault.change_limits({"reveal_each": None}).reveal_each == (60, 60)


def test_whoever_may_not_export_may_not_raise_the_limits(home: Path, vault: SecretsManager) -> None:
    with (
        SecretsManager.open(home, "file", key_file=home.with_suffix(".key"), read_only=True) as other,
        pytest.raises(PolicyDeniedError),
    ):
        other.change_limits({"reveal_each": "1000/minute"})


def test_a_limit_that_there_is_not_is_refused(vault: SecretsManager) -> None:
    with pytest.raises(UsageError, match="reveal_eech") as caught:
        vault.change_limits({"reveal_eech": "1/minute"})
    assert "reveal_each" in (caught.value.hint or "")


def test_nothing_is_changed_where_one_of_the_limits_is_none(vault: SecretsManager) -> None:
    cases = parts(vault).use_cases
    before = vault.limits()
    with pytest.raises(UsageError):
        LimitSettings(cases.guard, cases.unit()).change({"use_all": "5/minute", "reveal_all": "often"})
    assert vault.limits() == before


def test_another_process_is_held_to_it_at_once(vault: SecretsManager, home: Path) -> None:
    with open_vault(home, "file") as other:
        other.get_secret("prod").close()
        vault.change_limits({"reveal_each": "1/hour"})
        assert other.limits().reveal_each == (1, 3600)
        assert reveal(other, 5) == 0
