"""`pond vault use-recovery-code`: back in, with new keys."""

from __future__ import annotations

import pytest

from tests.interfaces.cli.pond import Pond

pytestmark = pytest.mark.slow  # each command derives keys from a passphrase


def test_printed_codes_open_the_vault_when_its_key_file_is_lost(warehouse: Pond) -> None:
    printed = warehouse.ok("vault", "recovery-codes")
    codes = printed.out.splitlines()
    assert len(codes) == 8
    assert "keep them away from this machine" in printed.err
    assert not any(code in printed.err for code in codes)
    assert "opens with  a key file, 8 recovery codes" in warehouse.ok("vault", "status").out
    (warehouse.folder / "pond.key").unlink()
    lost = warehouse("reveal", "warehouse", "password")
    assert lost.status != 0
    assert "pond vault use-recovery-code" in lost.err

    new_key = str(warehouse.folder / "new.key")
    words = ("vault", "use-recovery-code", "--key-file", new_key, "--drop", "file")
    (warehouse.folder / "codes").write_text(printed.out)
    done = warehouse.ok(*words, "--code-file", str(warehouse.folder / "codes"))
    assert "7 are left" in done.err
    assert warehouse.ok("reveal", "warehouse", "password", POND_KEY_FILE=new_key).out == "pass marker-word"
    assert warehouse(*words, "--code-file", "@-", stdin=codes[0]).status == 15
    warehouse.ok(*words, "--code-file", "@-", stdin=codes[1].lower().replace("-", " "))
    status = warehouse.ok("vault", "status", "--json", POND_KEY_FILE=new_key).json()
    assert (status["opens_with"], status["recovery_codes"]) == (["file"], 6)


def test_a_code_and_a_new_passphrase_are_asked_for_without_echo(warehouse: Pond) -> None:
    code = warehouse.ok("vault", "recovery-codes", "--codes", "1", "--json").json()["codes"][0]
    terminal = warehouse.terminal("vault", "use-recovery-code")
    terminal.wait_for("a recovery code: ").type(code + "\r")
    terminal.wait_for("passphrase").type("horse\r").wait_for("again").type("horse\r")
    terminal.wait_for("0 are left").wait_for("print new ones")
    assert terminal.end() == 0
    assert code[:11] not in terminal.screen
    assert "horse" not in terminal.screen
    passphrase = warehouse.folder / "passphrase"
    passphrase.write_text("horse\n")
    variables = {"POND_KEY_FILE": "", "POND_PASSPHRASE_FILE": str(passphrase)}
    (warehouse.folder / "pond.key").unlink()
    assert warehouse.ok("reveal", "warehouse", "password", **variables).out == "pass marker-word"


def test_a_typo_says_so_and_where_no_code_can_be_asked_for_the_way_is_named(warehouse: Pond) -> None:
    code = warehouse.ok("vault", "recovery-codes", "--codes", "1").out.strip()
    typo = ("1" if code[0] == "0" else "0") + code[1:]
    ended = warehouse("vault", "use-recovery-code", "--code-file", "@-", stdin=typo)
    assert ended.status == 31
    assert "check character" in ended.err
    assert typo not in ended.err
    ended = warehouse("vault", "use-recovery-code")
    assert ended.status == 2
    assert "--code-file" in ended.err
    ended = warehouse("vault", "use-recovery-code", "--code-file", "/no/such/file")
    assert (ended.status, "cannot read the code" in ended.err) == (2, True)
