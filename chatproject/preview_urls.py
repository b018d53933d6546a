"""URLs of the pictures of link previews."""


def preview_picture_path(key: str) -> str:
    """Return the path of a picture, which can't be guessed."""
    return f"/previews/{key}.webp"
