"""Every command once: a request, a result, and the grant it needs, for every interface alike.

`registry.COMMANDS` lists them without importing one, and `registry.dispatch` is the only way in. A command is a function
`(session, request) -> result` in the module of its group. `session.Session` holds what an interface knows: whose grants,
which vault, and how to ask the person something. `codec` turns requests and results into JSON and back, `problem_details`
errors. Nothing here reads words, prints, or asks a person anything itself.
"""
