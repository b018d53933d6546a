"""An installation on disk: its data folder, secret, database and embedded Valkey, and how it is started and backed up.

`settings.py` imports this package, so its modules must not import Django's settings at the top.
"""
