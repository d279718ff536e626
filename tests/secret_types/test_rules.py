"""Rules over several fields: which field each names, and that an unset field breaks none."""

from __future__ import annotations

import pytest

from pondpilot_secrets.secret_types.rules import both_or_neither, excludes, links_of, needs
from tests.secret_types.secrets import secure


@pytest.mark.parametrize(
    ("fields", "named"), [({}, None), ({"a": "1", "b": "2"}, None), ({"a": "1"}, "b"), ({"b": "1"}, "a")]
)
def test_two_fields_go_together(fields: dict[str, str], named: str | None) -> None:
    problem = both_or_neither("a", "b")(secure(**fields))
    assert (problem and problem.field) == named


@pytest.mark.parametrize(("fields", "named"), [({}, None), ({"b": "1"}, None), ({"a": "1"}, "b")])
def test_a_field_needs_another(fields: dict[str, str], named: str | None) -> None:
    problem = needs("a", "b")(secure(**fields))
    assert (problem and problem.field) == named


@pytest.mark.parametrize(
    ("fields", "named"),
    [({"b": "1"}, None), ({"a": "1"}, None), ({"a": "1", "c": "2"}, "c"), ({"a": "", "b": ""}, "b")],
)
def test_a_field_excludes_others(fields: dict[str, str], named: str | None) -> None:
    problem = excludes("a", ("b", "c"), "one is enough")(secure(**fields))
    assert (problem and problem.field) == named
    assert problem is None or problem.message.endswith("one is enough")


@pytest.mark.parametrize(
    ("chain", "fits"),
    [("env", True), ("env;sso", True), ("env; sso", False), ("", False), ("env;", False), ("ENV", False)],
)
def test_a_chain_is_made_of_known_links(chain: str, fits: bool) -> None:
    problem = links_of(("env", "sso"))(secure(chain=chain))
    assert (problem is None) is fits
    assert problem is None or (problem.field == "chain" and "env, sso" in problem.message)


def test_no_chain_breaks_no_rule() -> None:
    assert links_of(("env",))({}) is None
