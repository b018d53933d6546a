"""Test support: real servers, clients, databases, browsers and proxies."""
