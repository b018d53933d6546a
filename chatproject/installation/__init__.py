"""An installation on disk: its data folder, secret, database and embedded Valkey, and how it is started and backed up.

`settings.py` builds on it, so nothing here may import Django's settings when it is loaded.
"""
