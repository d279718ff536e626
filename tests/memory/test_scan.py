"""That the search finds what is there: without this, finding nothing would prove nothing."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.memory.scan import scan
from tests.memory.watched import Watched

FORMS = {
    "UTF-8": "bytes(value)",
    "UTF-8 as text": "value.decode()",
    "UTF-16": "value.decode() + 'é中'",
    "UTF-32": "value.decode() + '😀'",
    "base64": "__import__('base64').b64encode(value)",
    "base64 inside another text": "__import__('base64').b64encode(b'ana:' + value)",
    "hex": "value.hex()",
    "piece": "bytes(value[11:27])",
    "piece of UTF-32": "value[11:27].decode() + '😀'",
    "protected": "__import__('pondpilot_secrets.secure', fromlist=['x']).SecureString(value)",
    "mapped": "__import__('ctypes').create_string_buffer(bytes(300_000) + value)",
}
"""The control of the search: each form is planted in a program's memory, and has to be found."""

CODE = """
planted = []
with open({path!r}, "rb", buffering=0) as file:
    for form in {forms!r}:
        value = bytearray(48)
        file.readinto(value)
        planted.append(eval(form))
        value[:] = bytes(48)
here("planted")
"""


def test_every_planted_marker_is_found(tmp_path: Path) -> None:
    markers = {form: secrets.token_urlsafe(36) for form in FORMS}
    path = tmp_path / "markers"
    path.write_text("".join(markers.values()))
    code = CODE.format(path=str(path), forms=list(FORMS.values()))
    with Watched(tmp_path / "vault", "file", code) as program, program.at("planted") as pid:
        for form, marker in markers.items():
            found = scan(pid, marker)
            assert found, f"{form} was not found"
            assert any(copy.whole for copy in found) is not form.startswith("piece")
            if form == "protected":
                assert [copy.mapping.protected for copy in found if not copy.spilled] == [True]
        assert scan(pid, secrets.token_urlsafe(36)) == []


def test_non_ascii_markers_are_found_in_the_width_that_python_gives_them(tmp_path: Path) -> None:
    code = "texts = [chr(233) * 9 + 'ab%d' % n for n in (1234567, 7654321)]\nhere('planted')"
    with Watched(tmp_path / "vault", "file", code) as program, program.at("planted") as pid:
        assert {copy.encoding for copy in scan(pid, "é" * 9 + "ab1234567")} == {"Latin-1"}
