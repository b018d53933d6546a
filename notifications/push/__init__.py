"""The formats of Web Push: encryption, the signature, and the names of devices. It does not use the database."""
