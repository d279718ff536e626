"""The worst days: crashes, full disks, hostile input, keychains that misbehave.

`make test` runs a short form of each, `make torture` the long one. `scale` says how many; the `figure` fixture notes what
was counted, and the run ends with these lines.
"""
