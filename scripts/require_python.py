"""Say plainly when the Python that `make` found is too old; runs on any Python 3."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this very file is run by older ones
    sys.exit(
        "error: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "\nhint: make PYTHON=python3.12 …"
    )
