"""The checks of `manage.py doctor`, which says what is wrong with an installation and what to do about it."""
