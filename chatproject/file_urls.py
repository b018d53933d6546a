"""URLs of files."""

from urllib.parse import quote


def file_path(public_id: str, name: str) -> str:
    """Return the path of a file. The name is only for people, and for browsers that save it."""
    return f"/files/{public_id}/{quote(name, safe='')}"


def thumbnail_path(public_id: str) -> str:
    """Return the path of the thumbnail of a picture."""
    return f"/files/{public_id}/thumbnail/"
