"""The use cases of a vault and the parts that they work with. No SQL and no parsing is here, and nothing that prints."""
