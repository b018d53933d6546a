"""What a file is, what is shown of it, and what it may be called."""

import io
import zipfile

import pytest

from rooms.errors import InvalidField
from rooms.files.types import check_extension, check_name, inline_type, kind_of, media_type
from rooms.tests.files.corpus import box, movie
from rooms.tests.support.images import image

pytestmark = pytest.mark.any_database


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, "")
    return file.getvalue()


def ogg(codec: bytes) -> bytes:
    return b"OggS\0\x02" + bytes(22) + codec


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SHOWN = [
    (image(form="JPEG"), "image/jpeg", "image"),
    (image(form="PNG"), "image/png", "image"),
    (image(form="GIF"), "image/gif", "image"),
    (image(form="WEBP"), "image/webp", "image"),
    (b"ID3\x04\0\0", "audio/mpeg", "audio"),
    (b"\xff\xfb\x90\x64", "audio/mpeg", "audio"),
    (b"\xff\xf1\x50\x80", "audio/aac", "audio"),
    (box(b"ftyp", b"M4A \0\0\0\0M4A mp42"), "audio/mp4", "audio"),
    (ogg(b"OpusHead"), "audio/ogg", "audio"),
    (ogg(b"\x01vorbis"), "audio/ogg", "audio"),
    (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav", "audio"),
    (b"fLaC\0", "audio/flac", "audio"),
    (box(b"ftyp", b"isom\0\0\0\0isomavc1"), "video/mp4", "video"),
    (box(b"ftyp", b"mp42\0\0\0\0mp42"), "video/mp4", "video"),
    (box(b"ftyp", b"3gp4\0\0\0\0isom"), "video/mp4", "video"),
    (movie(), "video/quicktime", "video"),
    (b"\0\0\0\x08wide" + box(b"mdat"), "video/quicktime", "video"),
    (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\x82\x84webm", "video/webm", "video"),
    (ogg(b"\x80theora"), "video/ogg", "video"),
]
TEXTS = [
    (b"hello\n", "notes.txt", "text/plain"),
    ("Grüße 🍵".encode()[:-1], "", "text/plain"),  # ends within a character
    (b"\xef\xbb\xbfa;b\n1;2", "table.csv", "text/csv"),
    (b"# Title", "README.md", "text/markdown"),
    (b'{"a": 1}', "data.json", "text/plain"),
    (b"alert(1)", "script.js", "text/plain"),
    (b"a < b", "formula.txt", "text/plain"),
    (b"<alice> hello", "log.txt", "text/plain"),
]
DOWNLOADED = [
    (SVG, "drawing.svg", "image/svg+xml"),
    (b"\xef\xbb\xbf\n" + SVG, "drawing.txt", "image/svg+xml"),
    (b'<?xml version="1.0"?>\n' + SVG, "drawing.png.xml", "image/svg+xml"),
    (b"<!DOCTYPE html><p>hello", "page", "text/html"),
    (b" <HTML><script>alert(1)</script>", "page.txt", "text/html"),
    (b"hello, a page all the same", "page.html", "text/html"),
    (b'<?xml version="1.0"?><feed/>', "feed.xml", "text/xml"),
    (b"%PDF-1.7\n", "paper.pdf", "application/pdf"),
    (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x23B\x82\x88matroska", "film.mkv", "video/x-matroska"),
    (archive("a.txt"), "archive.zip", "application/zip"),
    (archive("a.txt"), "archive", "application/zip"),
    (b"hello\0", "notes.txt", "application/octet-stream"),
    (b"\xff\xfeh\0e\0l\0l\0o\0", "notes.txt", "application/octet-stream"),
    (b"caf\xe9 \xe9\xe9 latin", "notes.txt", "application/octet-stream"),
    (bytes(range(1, 200)), "thing.mp4", "application/octet-stream"),
]


@pytest.mark.parametrize(("data", "found", "kind"), SHOWN, ids=lambda value: value if isinstance(value, str) else "")
def test_pictures_sound_and_video_are_shown_whatever_their_name(data: bytes, found: str, kind: str) -> None:
    for name in ("", "file", "file.html", "file.svg", "file.exe"):
        assert media_type(data, name) == found
    assert kind_of(found) == kind
    assert inline_type(found) == found


@pytest.mark.parametrize(("data", "name", "found"), TEXTS)
def test_texts_are_shown_as_plain_text(data: bytes, name: str, found: str) -> None:
    assert media_type(data, name) == found
    assert kind_of(found) == "file"
    assert inline_type(found) == "text/plain; charset=utf-8"


@pytest.mark.parametrize(("data", "name", "found"), DOWNLOADED)
def test_everything_else_is_only_downloaded(data: bytes, name: str, found: str) -> None:
    assert media_type(data, name) == found
    assert kind_of(found) == "file"
    assert inline_type(found) is None


def test_the_name_tells_office_documents_from_other_archives() -> None:
    found = media_type(archive("[Content_Types].xml", "word/document.xml"), "letter.docx")
    assert found == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert media_type(box(b"ftyp", b"mp42\0\0\0\0isom"), "song.m4a") == "audio/mp4"


@pytest.mark.parametrize("brands", [b"heic\0\0\0\0mif1heic", b"mif1\0\0\0\0mif1heic", b"msf1\0\0\0\0hevc"])
def test_heic_is_shown_but_never_as_it_is(brands: bytes) -> None:
    found = media_type(box(b"ftyp", brands), "IMG_0001.HEIC")
    assert (found, kind_of(found), inline_type(found)) == ("image/heic", "image", None)
    avif = media_type(image(form="AVIF"), "picture")
    assert (avif, kind_of(avif), inline_type(avif)) == ("image/avif", "image", None)


@pytest.mark.parametrize("name", ["photo.jpg", "PHOTO.JPEG", "a.png", "a.gif", "a.webp", "IMG.HEIC", "a.avif"])
def test_a_file_that_is_called_a_picture_is_one(name: str) -> None:
    for data in (SVG, b"hello", b"%PDF-1.7", b"<!doctype html>", movie(), archive("a.txt"), b""):
        with pytest.raises(InvalidField, match="not a picture"):
            check_extension(name, media_type(data, name))
    for form in ("JPEG", "PNG", "GIF", "WEBP", "AVIF"):
        check_extension(name, media_type(image(form=form), name))


def test_other_files_may_have_any_content() -> None:
    for name in ("drawing.svg", "page.html", "photo", "film.mp4", "jpg"):
        check_extension(name, media_type(b"hello", name))


@pytest.mark.parametrize("name", ["scan.tif", "IMG.DNG", "IMG.CR3", "photo.jpg", "file"])
def test_pictures_whose_metadata_can_not_be_removed_are_refused(name: str) -> None:
    starts = (b"II*\0", b"MM\0*", b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n", box(b"ftyp", b"crx \0\0\0\1crx isom"))
    for data in (image(form="TIFF"), *starts):
        with pytest.raises(InvalidField, match="not supported"):
            check_extension(name, media_type(data, name))


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("photo.jpg", "photo.jpg"),
        ("  a \t b\n.txt ", "a b .txt"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\me\\photo.jpg", "photo.jpg"),
        ("../../.env", ".env"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\u200e\u200f\u061c\ufeff\x00\x1b\x84.txt", "a.txt"),
        ("a\ud800.txt", "a.txt"),
        ("سلام‌.txt", "سلام‌.txt"),
        ("👩‍👩‍👧 Łoś.png", "👩‍👩‍👧 Łoś.png"),
        ("x" * 300 + ".tar.gz", "x" * 197 + ".gz"),
        ("字" * 150 + ".docx", "字" * 78 + ".docx"),
        ("a." + "b" * 300, "a." + "b" * 198),
    ],
)
def test_names_are_short_and_without_path_or_invisible_tricks(name: str, cleaned: str) -> None:
    assert check_name(name) == cleaned
    assert check_name(cleaned) == cleaned


@pytest.mark.parametrize("name", ["", " ", ".", "..", "/", "a/", "\u202e", "\u200d", "a\\", "\0"])
def test_a_file_needs_a_name(name: str) -> None:
    with pytest.raises(InvalidField):
        check_name(name)
