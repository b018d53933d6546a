"""What a file is, by its content; what may be shown in the page; and what it may be called.

A browser shows only what `inline_type` allows: pictures of pixels, sound, video and plain text. Everything else is
downloaded, HTML and SVG above all: shown in the page, they could act in the name of the person who opens them.
"""

from __future__ import annotations

import codecs
import re
from pathlib import PurePosixPath

from django.utils.translation import gettext_lazy as _

from rooms.errors import InvalidField
from rooms.files.picture_worker import CONVERTED, FORMATS
from rooms.people.names import STEERING, one_line

UNKNOWN = "application/octet-stream"
PICTURES = frozenset(FORMATS)
AUDIO = frozenset({"audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/wav", "audio/flac"})
VIDEO = frozenset({"video/mp4", "video/quicktime", "video/webm", "video/ogg"})
TEXTS = {"csv": "text/csv", "md": "text/markdown"}  # by the extension; all others are plain
INLINE = PICTURES | {*CONVERTED} | AUDIO | VIDEO | {"text/plain", *TEXTS.values()}
# Pictures whose metadata is not removed here, and that few browsers show.
UNSUPPORTED_PICTURES = {"image/tiff": _("TIFF and camera raw"), "image/jxl": "JPEG XL", "image/jp2": "JPEG 2000"}
PICTURE_EXTENSIONS = {"jpg", "jpeg", "jpe", "jfif", "png", "apng", "gif", "webp", "heic", "heif", "hif", "avif"}

# The starts of files. What is shown in the page is decided by these and the functions below alone.
SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"IIU\0", "image/tiff"),
    (b"IIRO", "image/tiff"),
    (b"IIRS", "image/tiff"),
    (b"MMOR", "image/tiff"),
    (b"FUJIFILMCCD-RAW", "image/tiff"),
    (b"\xff\x0a", "image/jxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"%PDF-", "application/pdf"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
)
RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
# What browsers take for a page.
MARKUP = re.compile(
    rb"<(\?xml|!doctype|!--|(html|head|body|script|style|iframe|svg|title|table|div|font|h1|br|a|b|p)[\s>/])",
    re.IGNORECASE,
)
MARKUP_EXTENSIONS = {"html", "htm", "xhtml", "xht", "shtml", "xml", "svg", "xsl", "xslt", "mht", "mhtml"}

HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})
AUDIO_BRANDS = (b"M4A", b"M4B", b"M4P", b"F4A", b"F4B")
VIDEO_BRANDS = (b"iso", b"mp4", b"avc", b"M4V", b"MSNV", b"dash", b"cmf", b"XAVC", b"f4v", b"mmp4", b"NDS", b"3g")
QUICKTIME_BOXES = frozenset({b"moov", b"mdat", b"wide", b"pnot"})

MAX_NAME, MAX_NAME_BYTES, MAX_SUFFIX = 200, 240, 20
# Controls and direction marks, signs that a name can't have in a path, and halves of characters.
UNWANTED = re.compile(rf"[{STEERING}\u061c\u200e\u200f\ufeff\ud800-\udfff]")


def media_type(head: bytes, name: str) -> str:
    """Return the media type of a file, from its first bytes (some 4,096 are enough).

    The name only distinguishes types whose content looks alike: texts, and office documents, which are zip archives.
    """
    extension = _extension(name)
    found = media_type_of(head)
    if found == "video/mp4" and extension in {"m4a", "m4b"}:
        return "audio/mp4"
    if found != UNKNOWN:
        return found
    if _is_text(head):
        if MARKUP.match(head.removeprefix(codecs.BOM_UTF8).lstrip()) or extension in MARKUP_EXTENSIONS:
            return _markup_type(head, extension)
        return TEXTS.get(extension, "text/plain")
    return _other_type(head, extension)


def media_type_of(head: bytes) -> str:
    """Return the media type of a file that its first bytes alone identify, or that of unknown content."""
    for start, found in SIGNATURES:
        if head.startswith(start):
            return found
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return _iso_type(head)
    if head[4:8] in QUICKTIME_BOXES:
        return "video/quicktime"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head.startswith(b"OggS"):
        return "video/ogg" if b"\x80theora" in head else "audio/ogg"
    return _mpeg_audio_type(head)


def kind_of(media_type: str) -> str:
    """Return how the page shows a file: "image", "video", "audio" or "file"."""
    if media_type in PICTURES or media_type in CONVERTED:
        return "image"
    if media_type in VIDEO:
        return "video"
    return "audio" if media_type in AUDIO else "file"


def inline_type(media_type: str) -> str | None:
    """Return the Content-Type with which a file is served to be shown, or None if it may only be downloaded."""
    if media_type == "text/plain" or media_type in TEXTS.values():
        return "text/plain; charset=utf-8"
    return media_type if media_type in PICTURES | AUDIO | VIDEO else None


def check_extension(name: str, media_type: str) -> None:
    """Check that a file that is called a picture is one, and that its location can be removed.

    TIFF is refused, and with it the raw formats of cameras, JPEG XL and JPEG 2000: a place may be in them, and few
    browsers show them. Raises InvalidField.
    """
    if media_type in UNSUPPORTED_PICTURES:
        formats = UNSUPPORTED_PICTURES[media_type]
        raise InvalidField(
            _("%(formats)s pictures are not supported. Save this one as a JPEG or PNG."), {"formats": formats}
        )
    if _extension(name) in PICTURE_EXTENSIONS and kind_of(media_type) != "image":
        raise InvalidField(
            _("This file is not a picture, although it is called .%(extension)s."), {"extension": _extension(name)}
        )


def check_name(name: str) -> str:
    """Return the name of a file without path, controls and direction marks: at most 200 characters and 240 bytes.

    A longer name is shortened before its extension. Raises InvalidField if nothing is left.
    """
    last = re.split(r"[/\\]", name)[-1]
    cleaned = one_line(UNWANTED.sub("", last))
    if not cleaned or not cleaned.strip("."):
        raise InvalidField(_("This file has no name."))
    suffix = PurePosixPath(cleaned).suffix
    suffix = suffix if len(suffix) <= MAX_SUFFIX else ""
    stem = cleaned.removesuffix(suffix)[: MAX_NAME - len(suffix)]
    while len((stem + suffix).encode()) > MAX_NAME_BYTES:
        stem = stem[:-1]
    return stem + suffix


def _extension(name: str) -> str:
    return PurePosixPath(name).suffix[1:].lower()


def _iso_type(head: bytes) -> str:
    """Return the type of a file in the ISO base media format, by its brands."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    major = head[8:12]
    brands = {major, *(head[at : at + 4] for at in range(16, end - 3, 4))}
    if major in {b"mif1", b"msf1", b"miaf", *HEIC_BRANDS, *AVIF_BRANDS}:
        return "image/avif" if AVIF_BRANDS & brands and not HEIC_BRANDS & brands else "image/heic"
    if major == b"qt  ":
        return "video/quicktime"
    if major.startswith(AUDIO_BRANDS):
        return "audio/mp4"
    if major == b"crx ":  # Canon's raw format
        return "image/tiff"
    return "video/mp4" if any(brand.startswith(VIDEO_BRANDS) for brand in brands) else UNKNOWN


def _mpeg_audio_type(head: bytes) -> str:
    """Return the type of sound without a file header, by the header of its first frame."""
    if len(head) < 4 or head[0] != 0xFF:
        return UNKNOWN
    if head[1] & 0xF6 == 0xF0:  # the layer of ADTS is 0
        return "audio/aac"
    is_layer_3 = head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    return "audio/mpeg" if is_layer_3 and head[2] >> 4 not in {0, 15} and head[2] & 0x0C != 0x0C else UNKNOWN


def _is_text(head: bytes) -> bool:
    """Return whether the bytes are UTF-8, the last character perhaps incomplete, without NUL."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return b"\0" not in head


def _markup_type(head: bytes, extension: str) -> str:
    if extension == "svg" or b"<svg" in head.lower():
        return "image/svg+xml"
    return "text/xml" if head.lstrip().startswith(b"<?xml") and b"<html" not in head.lower() else "text/html"


def _other_type(head: bytes, extension: str) -> str:
    """Return the type of a file that is never shown in the page."""
    import puremagic  # a large table, which a server doesn't need at its start

    try:
        matches = puremagic.magic_string(head, f"file.{extension}")
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    is_archive = head.startswith(b"PK\x03\x04")  # as office documents are, of which only the name tells the kind
    for match in matches:
        is_named = bool(match.byte_match) and match.extension == f".{extension}"
        if not is_named and (is_archive or len(match.byte_match) < 4):
            continue
        if re.fullmatch(r"[a-z]+/[\w.+-]+", match.mime_type) and match.mime_type not in INLINE:
            return str(match.mime_type)
    return "application/zip" if is_archive else UNKNOWN
