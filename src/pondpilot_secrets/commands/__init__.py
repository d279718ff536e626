"""Every command once: a typed request, a typed result, and the grant it needs, for every interface alike.

`table.COMMANDS` lists them without importing one; a command is a function `(session, request) -> result` in the file of its
group; `session.Session` holds what an interface knows (whose grants, which vault, how to ask for a passphrase);
`jsonable.to_json` turns a result into JSON. Nothing here reads words, prints, or asks a person anything itself.
"""
