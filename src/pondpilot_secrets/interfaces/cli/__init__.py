"""The `pond` command: one file a command group, loaded when it is called."""
