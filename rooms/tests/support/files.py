"""Files for browser tests: chosen, pasted or dropped on a page, or uploaded and posted over REST."""

from __future__ import annotations

import base64
import re
import wave
from io import BytesIO

import httpx
from playwright.sync_api import FilePayload, Locator, Page, Route

from rooms.models import Message, Room, User
from rooms.services.posting import message_post
from rooms.tests.support.clients import token_of
from rooms.tests.support.images import image
from rooms.tests.support.servers import RunningServer
from rooms.tests.support.uploading import upload_headers

UPLOADS = re.compile(r"/api/(rooms/[^/]+/)?uploads/")
GIVE = """([where, event, files, text]) => {
    const data = new DataTransfer();
    for (const { name, type, content } of files) {
        const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
    }
    if (text) data.setData("text/plain", text);
    const common = { bubbles: true, cancelable: true };
    const made = event === "paste"
        ? new ClipboardEvent(event, { ...common, clipboardData: data })
        : new DragEvent(event, { ...common, dataTransfer: data });
    return document.querySelector(where).dispatchEvent(made);
}"""


def file(name: str, content: bytes, media_type: str = "") -> FilePayload:
    """Return a file as the browser would find it on its disk."""
    return {"name": name, "mimeType": media_type, "buffer": content}


PHOTO = file("photo.png", image(), "image/png")
NOTES = file("notes.txt", b"to do", "text/plain")


def sound(seconds: float = 0.5) -> bytes:
    """Return a WAV file of silence."""
    encoded = BytesIO()
    with wave.open(encoded, "wb") as audio:
        audio.setparams((1, 1, 8000, 0, "NONE", ""))
        audio.writeframes(b"\x80" * int(seconds * 8000))
    return encoded.getvalue()


def film() -> bytes:
    """Return an MP4 file without any content."""
    kind = b"isom\0\0\2\0isommp41"
    return (8 + len(kind)).to_bytes(4) + b"ftyp" + kind + (8).to_bytes(4) + b"mdat"


def choose_files(page: Page, *files: FilePayload) -> None:
    """Choose files with the button of the composer."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(list(files))


def give_files(page: Page, event: str, *files: FilePayload, where: str = "#scroller", text: str = "") -> bool:
    """Paste or drop files (`event`), with `text` beside them; returns whether the browser would handle it itself."""
    encoded = [
        {
            "name": each["name"],
            "type": each["mimeType"],
            "content": base64.b64encode(each["buffer"]).decode(),
        }
        for each in files
    ]
    return bool(page.evaluate(GIVE, [where, event, encoded, text]))


def tray(page: Page) -> Locator:
    """Return the files of the new message."""
    return page.locator(".tray-file")


def uploaded(page: Page) -> Locator:
    """Return those of them that are uploaded."""
    return page.locator(".tray-file:not(.tray-failed):has(progress[hidden])")


def hold_parts(page: Page, at: int = 0) -> list[Route]:
    """Hold the requests that carry parts of files from this offset on; returns the list to which they are added."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if int(route.request.headers.get("upload-offset", -1)) >= at:
            held.append(route)
        else:
            route.continue_()

    page.route(UPLOADS, hold)
    return held


def let_go(page: Page, held: list[Route]) -> None:
    """Let the requests that are held, and all later ones, through."""
    while held:
        held.pop(0).continue_()
    page.unroute(UPLOADS)


def upload_file(server: RunningServer, by: User, room: Room, name: str, content: bytes) -> str:
    """Upload a file over REST; returns its id."""
    headers = {"Authorization": f"Bearer {token_of(by)}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=30) as client:
        creation = upload_headers(name, len(content))
        created = client.post(f"/api/rooms/{room.name}/uploads/", headers=creation).raise_for_status().json()
        part = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
        client.patch(f"/api/uploads/{created['id']}/", content=content, headers=part).raise_for_status()
    return str(created["id"])


def post_files(server: RunningServer, by: User, room: Room, *files: tuple[str, bytes], content: str = "") -> Message:
    """Post a message with files, each a name and its content."""
    ids = [upload_file(server, by, room, name, data) for name, data in files]
    return message_post(by=by, room=room, content=content, attachment_ids=ids).message
