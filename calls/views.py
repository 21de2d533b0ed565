"""The sound of a call, for those who may hear it."""

import re
from http import HTTPStatus
from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from calls import selectors
from calls.recordings import recording_open
from tenants.access import TenantRequest, tenant_required
from tenants.permissions import Permission
from tenants.sealed_file import SealedFile

PIECE_BYTES = 4 * 1024 * 1024
"""The most that one open-ended range request gets; players ask for the rest as they need it."""

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@require_safe
@tenant_required(permission=Permission.PLAY_RECORDINGS)
def recording_audio(request: TenantRequest, pk: UUID) -> HttpResponse:
    """The call's recording as WAV, whole or the range that a player asks for."""
    recording = selectors.recording_of(call_id=pk)
    if recording is None:
        raise Http404("There is no such recording.")
    try:
        wav = recording_open(recording)
    except FileNotFoundError as error:
        raise Http404("There is no such recording.") from error
    size = wav.size
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None or asked.group() == "bytes=-":
        return _piece(request, wav, 0, size, size, status=HTTPStatus.OK)
    first, last = _bounds(asked.group(1), asked.group(2), size)
    if first >= size or last < first:
        return HttpResponse(
            status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            headers={"Content-Range": f"bytes */{size}"},
        )
    return _piece(request, wav, first, last + 1, size, status=HTTPStatus.PARTIAL_CONTENT)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """First and last byte, counted from 0, both included."""
    if not first:  # the last so many bytes
        return max(0, size - int(last)), size - 1
    furthest = int(last) if last else int(first) + PIECE_BYTES - 1
    return int(first), min(furthest, size - 1)


def _piece(
    request: TenantRequest, wav: SealedFile, start: int, stop: int, size: int, *, status: int
) -> HttpResponse:
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(stop - start),
        "Content-Disposition": f'inline; filename="call-{wav.path.stem}.wav"',
        "Cache-Control": "private, no-store",
    }
    if status == HTTPStatus.PARTIAL_CONTENT:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    content = b"" if request.method == "HEAD" else wav.read(start, stop)
    return HttpResponse(content, status=status, content_type="audio/wav", headers=headers)
