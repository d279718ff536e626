"""Looking into the memory of a running program for values that should be gone.

`scan` reads another process's memory and finds a marker there in many encodings, whole or in pieces. `watched` runs a
program that stops where a test wants to look. The marker is put into the vault by the test's own process, so that the
program has it from the keychain alone.
"""
