"""Services: every write to the database, and every announcement of one, is made here."""
