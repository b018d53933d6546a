"""Users: names and their normal form, sign-in limits, known devices and profile pictures.

The account pages are in `rooms/views/accounts.py`.
"""
