"""URLs of profile pictures."""


def avatar_path(digest: str) -> str | None:
    """Return the path of a user's profile picture, or None if they have not uploaded one."""
    return f"/avatars/{digest}.webp" if digest else None
