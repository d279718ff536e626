"""A turned bit or a cut end anywhere in the vault's files: the right value or a clear error, and never anything else."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.interfaces.cli.pond import Pond
from tests.torture.broken_vault import BREAKING, FILES, Survey, Template
from tests.torture.conftest import Figure
from tests.torture.scale import scaled

SEED = 20261124
INTERNAL_ERROR = 70


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template.make(tmp_path_factory.mktemp("template"))


def broken(template: Template, home: Path, file: str, how: str, chance: random.Random) -> int:
    """Copy the vault, break the copy, and return the offset."""
    path = template.copy(home) / file
    content = path.read_bytes()
    offset = chance.randrange(len(content))
    path.write_bytes(BREAKING[how](content, offset, chance))
    return offset


@pytest.mark.parametrize("how", BREAKING)
@pytest.mark.parametrize("file", FILES)
def test_every_read_of_a_broken_vault_is_right_or_refused(
    template: Template, tmp_path: Path, file: str, how: str, figure: Figure
) -> None:
    rounds = scaled(1000, 60)
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(rounds):
        seed = f"{SEED}/{file}/{how}/{number}"
        chance = random.Random(seed)
        offset = broken(template, tmp_path / "broken", file, how, chance)
        survey = Survey(template, tmp_path / "broken")
        survey.run()
        outcomes += survey.outcomes
        wrong += [f"seed {seed!r}, offset {offset}: {each}" for each in survey.wrong]
    assert not wrong, "\n".join([f"{len(wrong)} findings", *wrong[:20]])
    counted = ", ".join(f"{count:,} {what}" for what, count in sorted(outcomes.items()))
    figure(f"{file} {how} at {rounds:,} offsets: {counted}; no wrong value, no traceback")


@pytest.mark.parametrize("how", BREAKING)
@pytest.mark.parametrize("file", FILES)
def test_the_command_line_ends_with_a_value_or_with_error_and_hint(
    template: Template, tmp_path: Path, file: str, how: str, figure: Figure
) -> None:
    pond = Pond(tmp_path, {"POND_KEY_FILE": str(template.key_file)})
    rounds, refused = scaled(50, 1), 0
    for number in range(rounds):
        seed = f"{SEED}/cli/{file}/{how}/{number}"
        chance = random.Random(seed)
        offset = broken(template, tmp_path / "vault", file, how, chance)
        name = chance.choice([name for name in template.values if name.startswith("postgres")])
        revealed = pond("reveal", name, "password")
        if revealed.status == 0:
            assert revealed.out == template.values[name]["password"], seed
        for ended in (revealed, pond("ls"), pond("add", "mysql", "fresh", "host=h"), pond("doctor")):
            where = f"seed {seed!r}, offset {offset}: {ended.status} {ended.err}"
            assert ended.status != INTERNAL_ERROR, where
            assert "Traceback" not in ended.err, where
            assert ended.status in (0, 1) or (re.search(r"error \d{4}: ", ended.err) and "hint: " in ended.err), where
            refused += ended.status != 0
    figure(f"pond on {file} {how} at {rounds:,} offsets: {4 * rounds} commands, {refused} refused, no traceback")
