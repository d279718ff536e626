from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from pondpilot_secrets import log


def test_each_package_has_a_logger_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "pondpilot_secrets")
    log.debug("vault", "tried %d times: %s", 3, "KeychainUnavailableError")
    log.info("metadata", "finished %s", "an interrupted update")
    assert caplog.record_tuples == [
        ("pondpilot_secrets.vault", logging.DEBUG, "tried 3 times: KeychainUnavailableError"),
        ("pondpilot_secrets.metadata", logging.INFO, "finished an interrupted update"),
    ]


def test_what_nobody_listens_to_is_not_made(caplog: pytest.LogCaptureFixture) -> None:
    class Unprintable:
        def __str__(self) -> str:
            raise AssertionError("it was made into text")

    caplog.set_level("INFO", "pondpilot_secrets")
    log.debug("vault", "%s", Unprintable())
    assert caplog.records == []


def test_a_program_without_logging_does_not_come_to_import_it() -> None:
    script = "import sys; from pondpilot_secrets import log; log.info('vault', 'x'); print('logging' in sys.modules)"
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (child.stdout, child.stderr) == ("False\n", "")


def test_the_package_adds_no_handler_and_leaves_the_root_alone() -> None:
    script = (
        "import logging; from pondpilot_secrets import SecretsManager, log; log.info('vault', 'x');"
        "print(logging.getLogger('pondpilot_secrets').handlers, logging.getLogger().handlers)"
    )
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (child.stdout, child.stderr) == ("[] []\n", "")
