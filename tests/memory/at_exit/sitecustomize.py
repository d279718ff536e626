"""Makes any Python program stop at its end, for a look at its memory. Python imports this from PYTHONPATH."""

import atexit


def _stop() -> None:
    import ctypes

    from tests.memory.here import here

    # A program that closed itself to its user opens again, or only root could look.
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
    here("end")


atexit.register(_stop)
