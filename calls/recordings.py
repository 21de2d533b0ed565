"""Recordings on disk: stereo WAV, caller left, receptionist right, 16-bit PCM at 8 kHz."""

import hashlib
import os
from io import BytesIO
from pathlib import Path
from uuid import UUID

from django.conf import settings

from calls.models import Recording
from tenants.context import tenant_context
from voice.audio import TELEPHONE_HZ, stereo, write_wav
from voice.records import CallAudio


def recording_store(*, tenant_id: int, call_id: UUID, audio: CallAudio) -> bool:
    """Write the recording and its row; false if the call has one already. Raises OSError.

    The file comes first, under a name that only this call has, so that doing it twice is harmless.
    """
    samples = stereo(audio.caller_ulaw, audio.receptionist_ulaw)
    if len(samples) == 0:
        return False
    encoded = BytesIO()
    write_wav(encoded, samples, TELEPHONE_HZ)
    content = encoded.getvalue()
    relative = f"{tenant_id}/{call_id}.wav"
    _write(Path(settings.RECORDINGS_DIR) / relative, content)
    with tenant_context(tenant_id):
        _, created = Recording.objects.get_or_create(
            call_id=call_id,
            defaults={
                "tenant_id": tenant_id,
                "path": relative,
                "duration_ms": len(samples) * 1000 // TELEPHONE_HZ,
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            },
        )
    return created


def recording_file(recording: Recording) -> Path:
    """Where it lies."""
    return Path(settings.RECORDINGS_DIR) / recording.path


def _write(target: Path, content: bytes) -> None:
    """All of it or nothing, whatever happens meanwhile."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = target.with_suffix(f".{os.getpid()}.part")
    try:
        with making.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        making.rename(target)
    finally:
        making.unlink(missing_ok=True)
