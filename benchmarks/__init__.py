"""Speed against peers, side by side in one run on a real gnome-keyring: `make bench`.

One file a subject, each giving `Row`s; `report` prints them. A row that misses its bar makes the run fail, so that nobody
has to read the numbers to notice.
"""
