"""Requests to other servers, at addresses that users choose.

They can reach only public addresses: otherwise anybody who can post a link could make this server ask its own network.
Whatever sends such requests uses this package.
"""
