"""Every store is one row; a package of somebody else's brings another by an entry point, looked at only when needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.keychain import registry
from pondpilot_secrets.keychain.store_kind import Capability, StoreContext, StoreKind

SOURCE = """
from pondpilot_secrets.keychain.memory import MemoryStore

class Sample(MemoryStore):
    name = "sample"
    label = "a sample"

INSTANCE = Sample()
NONE = object()
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Installs a package with one entry point, as pip leaves it behind."""

    def install(name: str, target: str) -> None:
        (tmp_path / "sample_store.py").write_text(SOURCE)
        folder = tmp_path / "sample_store-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: sample-store\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[{registry.ENTRY_POINTS}]\n{name} = sample_store:{target}\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "sample_store", raising=False)

    return install


def test_every_row_has_its_own_name_and_says_what_it_is() -> None:
    names = [kind.name for kind in registry.STORES]
    assert len(set(names)) == len(names)
    for kind in registry.STORES:
        assert isinstance(kind, StoreKind)
        assert kind.name.isidentifier()
        assert kind.label
        assert registry.get(kind.name) is kind


def test_people_may_choose_what_outlives_the_process() -> None:
    assert registry.names() == ("system", "file")
    assert not registry.get("memory").can(Capability.PERSISTENT)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no store named 'sealed'") as caught:
        registry.get("sealed")
    assert caught.value.hint == "POND_STORE is auto or one of: system, file"


@pytest.mark.parametrize("target", ["Sample", "INSTANCE"])
def test_a_store_of_an_installed_package_is_found_by_its_name(installed, target: str, tmp_path: Path) -> None:
    installed("sample", target)
    kind = registry.get("sample")
    assert (kind.name, kind.label) == ("sample", "a sample")
    kind.create(StoreContext(tmp_path)).set("s3:1", b"value")
    with pytest.raises(UsageError) as caught:
        registry.get("nobody")
    assert "sample" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("name", "target", "words"),
    [
        ("other", "Sample", "is no store named 'other'"),
        ("other", "NONE", "is no store named 'other'"),
        ("other", "missing", "does not load: AttributeError"),
    ],
)
def test_a_package_that_brings_no_store_is_named(installed, name: str, target: str, words: str) -> None:
    installed(name, target)
    with pytest.raises(UsageError, match=words):
        registry.get(name)


def test_a_known_name_looks_at_no_installed_package_and_opens_no_library() -> None:
    script = (
        "import sys; from pondpilot_secrets.keychain import registry; registry.get('file'); registry.get('system');"
        "print(*(set(sys.modules) & {'importlib.metadata', 'cryptography', 'jeepney', 'sqlite3', 'rust_native_keyring'}))"
    )
    child = subprocess.run(
        [sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True, env=_path()
    )
    assert child.stdout.split() == []


def _path() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(registry.__file__).parents[2])}


def test_a_store_without_key_slots_says_so(tmp_path: Path) -> None:
    for kind in registry.STORES:
        if not kind.can(Capability.KEY_SLOTS):
            context = StoreContext(tmp_path)
            assert kind.slot_kinds(context) == ()
            with pytest.raises(UsageError, match="key slots"):
                kind.open_with(context, [])


def test_a_passphrase_is_not_shown(tmp_path: Path) -> None:
    assert "horse" not in repr(StoreContext(tmp_path, passphrase="correct horse"))
