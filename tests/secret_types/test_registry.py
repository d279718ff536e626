"""Every file of the catalog is a type; a package of somebody else's brings another, looked at only when needed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError, UsageError
from pondpilot_secrets.secret_types import registry

SOURCE = """
from dataclasses import replace
from pondpilot_secrets.secret_types.catalog.s3 import SECRET_TYPE

SAMPLE = replace(SECRET_TYPE, name="sample", label="A sample", aliases=())
NONE = object()
"""
Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package with one entry point, as pip leaves it behind."""

    def install(name: str, target: str) -> None:
        (tmp_path / "sample_type.py").write_text(SOURCE)
        folder = tmp_path / "sample_type-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: sample-type\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[{registry.ENTRY_POINTS}]\n{name} = sample_type:{target}\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "sample_type", raising=False)
        registry._load_installed.cache_clear()

    yield install
    registry._load_installed.cache_clear()


def test_every_file_of_the_catalog_is_a_type_of_its_name() -> None:
    folder = Path(registry.catalog.__path__[0])
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert set(registry.names()) == files
    assert [secret_type.name for secret_type in registry.all_types()] == sorted(files)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("pg", "postgres"),
        ("UC", "unity_catalog"),
        ("md", "motherduck"),
        ("hf", "huggingface"),
        ("unity-catalog", "unity_catalog"),
    ],
)
def test_types_are_found_by_alias_in_any_case(given: str, name: str) -> None:
    assert registry.get(given).name == name
    assert registry.find(given) is registry.get(name)


def test_an_unknown_type_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(InvalidCredentialsError) as caught:
        registry.get("postgers")
    assert caught.value.code == 1003
    assert "did you mean `postgres`?" in str(caught.value.hint)
    assert registry.find("postgers") is None


def test_getting_one_type_imports_no_other_and_looks_at_no_entry_point() -> None:
    program = (
        "import sys; from pondpilot_secrets.secret_types import registry; registry.get('s3'); registry.names();"
        "print([m for m in sys.modules if '.catalog.' in m],"
        " [m for m in ('duckdb', 'json', 'difflib', 'importlib.metadata') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "['pondpilot_secrets.secret_types.catalog.s3'] []"


def test_a_type_of_an_installed_package_is_found_by_its_name(install: Install) -> None:
    install("sample", "SAMPLE")
    assert registry.get("Sample").label == "A sample"
    assert registry.installed_names() == ("sample",)
    assert "sample" not in registry.names()
    with pytest.raises(InvalidCredentialsError) as caught:
        registry.get("sampel")
    assert "did you mean `sample`?" in str(caught.value.hint)


def test_an_installed_package_takes_no_name_or_alias_of_ours(install: Install) -> None:
    install("pg", "SAMPLE")
    assert registry.get("pg").name == "postgres"


@pytest.mark.parametrize(
    ("name", "target", "words"),
    [
        ("other", "SAMPLE", "is no secret type named 'other'"),
        ("other", "NONE", "is no secret type named 'other'"),
        ("other", "missing", "does not load: AttributeError"),
    ],
)
def test_a_package_that_brings_none_is_named(install: Install, name: str, target: str, words: str) -> None:
    install(name, target)
    with pytest.raises(UsageError, match=words) as caught:
        registry.get(name)
    assert caught.value.code == 1022
    assert "sample_type" in caught.value.message
