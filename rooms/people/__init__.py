"""Who people are: names and their normal form, sign-in limits, known devices and profile pictures.

The pages about accounts are in `rooms/views/accounts.py`.
"""
