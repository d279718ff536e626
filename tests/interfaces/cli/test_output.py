"""Standard output is data, plain in pipes; everything else is standard error; nothing there can steer a terminal."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_pipes_get_no_colour_and_terminals_do_unless_told_otherwise(warehouse: Pond) -> None:
    assert "\x1b[" not in warehouse.ok("ls").out
    coloured = warehouse.terminal("ls")
    assert coloured.end() == 0
    assert "\x1b[1m" in coloured.screen
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = warehouse.terminal("ls", **variables)
        assert plain.end() == 0
        assert "\x1b[" not in plain.screen


def test_control_characters_of_data_are_written_out(pond: Pond) -> None:
    pond.ok("add", "mysql", "x", "user=ana", "--description", "\x1b[31mred\x07")
    assert "\x1b" not in pond.ok("show", "x").out
    assert "\\x1b[31mred" in pond.ok("show", "x").out
    assert "\\x1b" in pond.ok("sql", "-c", "SELECT chr(27) AS escape").out


def test_notes_go_to_standard_error(pond: Pond) -> None:
    ended = pond.ok("add", "mysql", "x", "user=ana")
    assert ended.out == ""
    assert "saved x (mysql)" in ended.err
