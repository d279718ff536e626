"""Asking whether the person is there before a value is revealed or exported.

`gate` decides whether to ask and remembers the answer for a while, in a `ticket`; `platform_checks` says whom this
machine can ask; each other file is one way of asking: `polkit` (Linux), `touch_id` (macOS), `windows_hello`, and the
vault's `passphrase`. `base` is what they have in common, `native_question` what macOS and Windows have. Nothing here
knows of secrets, a store or an interface, and nothing asks at import.

It is a lock against a keyboard left alone and a script that helps itself. It is none against a program that runs under
your login and may read the keychain as you may: `docs/presence.md` says so.
"""
