"""Our policy for polkit, and whether an administrator installed it."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

from pondpilot_secrets.access.presence.policy import POLICY_FILE, policy_is_installed
from pondpilot_secrets.access.presence.polkit import ACTION


def test_it_is_installed_where_one_of_the_folders_has_it(tmp_path: Path) -> None:
    folders = ("/nowhere", str(tmp_path))
    assert not policy_is_installed(folders)
    shutil.copy(POLICY_FILE, tmp_path)
    assert policy_is_installed(folders)


def test_the_file_declares_our_action_and_asks_for_the_users_own_password() -> None:
    (action,) = ET.parse(POLICY_FILE).getroot().iter("action")
    assert action.get("id") == ACTION
    defaults = action.find("defaults")
    assert defaults is not None
    assert {each.text for each in defaults} == {"auth_self"}
