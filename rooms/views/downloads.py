"""Files and thumbnails, for those who may read the message at the moment of the request."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from chatproject.http.byte_ranges import ranged_response
from rooms.errors import NotFound
from rooms.files.storage import get_storage
from rooms.files.types import inline_type
from rooms.models import Attachment, User
from rooms.selectors.files import get_file_for

# Content that others have uploaded: nothing in it may run, whatever a browser takes it for.
POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
UNKNOWN_TYPE = "application/octet-stream"


@require_safe
def file(request: HttpRequest, public_id: str, name: str) -> HttpResponseBase:
    """A file. Browsers show pictures, audio, video and plain text, and save everything else."""
    attachment = _attachment_for(request, public_id)
    content_type = inline_type(attachment.blob.type)
    download = content_type is None or "download" in request.GET
    headers = {
        "Content-Type": content_type or UNKNOWN_TYPE,
        "Content-Disposition": content_disposition_header(download, attachment.name) or "inline",
    }
    blob = attachment.blob
    return stored_response(request, blob.path, blob.size, headers, etag=f'"{blob.key}"')


@require_safe
def thumbnail(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The thumbnail of a picture, as WebP."""
    attachment = _attachment_for(request, public_id)
    blob = attachment.blob
    if blob.thumbnail_width is None:
        raise Http404
    headers = {"Content-Type": "image/webp", "Content-Disposition": "inline"}
    return stored_response(request, blob.thumbnail_path, None, headers, etag=f'"{blob.key}-thumbnail"')


def _attachment_for(request: HttpRequest, public_id: str) -> Attachment:
    try:
        return get_file_for(_user_of(request), public_id)
    except NotFound as error:
        raise Http404 from error


def _user_of(request: HttpRequest) -> User | AnonymousUser:
    """The user of the session, or of the token in the header, as for the API."""
    if "Authorization" not in request.headers:
        user = request.user
        return user if isinstance(user, User) else AnonymousUser()
    from rest_framework.exceptions import APIException  # not needed for pages, nor at the start

    from rooms.api.authentication import AccessTokenAuthentication
    from rooms.people.jwt import CachedJwtAuthentication

    given: Any = request
    for authentication in (AccessTokenAuthentication(), CachedJwtAuthentication()):
        try:
            found = authentication.authenticate(given)
        except APIException as error:
            raise Http404 from error
        if found is not None:
            return cast(User, found[0])
    return AnonymousUser()


def stored_response(
    request: HttpRequest,
    path: str,
    size: int | None,
    headers: dict[str, str],
    *,
    etag: str,
    cache: str = "private, no-cache",
) -> HttpResponseBase:
    """Respond with a stored file, through nginx or the S3 server if there is one.

    `size` is None for small files. By default browsers may keep the file, but ask each time whether they still may show
    it.
    """
    common = {
        "Cache-Control": cache,
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": POLICY,
        "Vary": "Cookie, Authorization",
    }
    if etag in request.headers.get("If-None-Match", "") and "Range" not in request.headers:
        return HttpResponseNotModified(headers=common)
    location = settings.FILE_STORAGE["OPTIONS"].get("location")
    if location is None:
        parameters = {
            "ResponseContentType": headers["Content-Type"],
            "ResponseContentDisposition": headers["Content-Disposition"],
        }
        storage: Any = get_storage()
        url = storage.url(path, parameters=parameters)  # signed, for a few minutes; this asks no other server
        return HttpResponseRedirect(url, headers=common | {"Cache-Control": "private, no-store"})
    if settings.FILES_ACCEL_PATH:
        address = f"{settings.FILES_ACCEL_PATH.rstrip('/')}/{path}"
        return HttpResponse(headers=common | headers | {"X-Accel-Redirect": address})
    try:
        opened = get_storage().open(path)
    except FileNotFoundError as error:
        raise Http404 from error
    response = ranged_response(request, opened, opened.size if size is None else size, etag=etag)
    for name, value in (common | headers).items():
        response.headers[name] = value
    return response
