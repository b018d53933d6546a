"""Users: names and their normal form, sign-in limits and known devices.

The account pages are in `rooms/views/accounts.py`.
"""
