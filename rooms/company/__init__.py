"""Speaking with a company's sign-in: an OpenID Connect issuer (`issuer.py`) or an LDAP directory (`directory.py`)."""
