"""Where the pictures of people are."""


def avatar_path(digest: str) -> str | None:
    """The address of a person's picture, None when they have uploaded none."""
    return f"/avatars/{digest}.webp" if digest else None
