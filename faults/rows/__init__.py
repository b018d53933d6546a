"""The rows of the table: one coroutine for each fault."""
