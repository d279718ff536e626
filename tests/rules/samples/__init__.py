"""One sample of each kind of thing that can be added, as `test_additions.py` adds it to a copy of the source."""
