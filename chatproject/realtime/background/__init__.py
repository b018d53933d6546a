"""Background work of a server process: periodic tasks, and work that is requested often and done once in a while."""
