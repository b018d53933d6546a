"""Background work of a server process: periodic tasks and throttled tasks."""
