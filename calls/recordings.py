"""Recordings on disk: stereo WAV, caller left, receptionist right, 16-bit PCM at 8 kHz.

Each file is sealed with its tenant's key, so what lies on the disk cannot be played.
"""

import hashlib
import os
from io import BytesIO
from pathlib import Path
from uuid import UUID

from django.conf import settings

from calls.models import Call, Recording
from tenants.context import tenant_context
from tenants.sealed_file import SealedFile, seal_file
from voice.audio import TELEPHONE_HZ, stereo, write_wav
from voice.records import CallAudio


def recording_store(*, tenant_id: int, call_id: UUID, audio: CallAudio) -> bool:
    """Write the recording and its row; false if the call has one already or is gone.

    Raises OSError.

    The file comes first, under a name that only this call has, so that doing it twice is harmless.
    It goes again if the caller was erased meanwhile.
    """
    samples = stereo(audio.caller_ulaw, audio.receptionist_ulaw)
    if len(samples) == 0:
        return False
    encoded = BytesIO()
    write_wav(encoded, samples, TELEPHONE_HZ)
    content = encoded.getvalue()
    relative = f"{tenant_id}/{call_id}.sealed"
    with tenant_context(tenant_id):
        sealed = seal_file(content, tenant_id=tenant_id, purpose=_purpose(call_id))
    target = Path(settings.RECORDINGS_DIR) / relative
    _write(target, sealed)
    with tenant_context(tenant_id):
        if not Call.objects.select_for_update().filter(pk=call_id).exists():
            target.unlink(missing_ok=True)
            return False
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
    """Where it lies, sealed."""
    return Path(settings.RECORDINGS_DIR) / recording.path


def recording_open(recording: Recording) -> SealedFile:
    """The WAV, to be read inside its tenant's scope. Raises FileNotFoundError or SealBroken."""
    return SealedFile(recording_file(recording), purpose=_purpose(recording.call_id))


def recording_export(recording: Recording, target: Path) -> None:
    """Write the WAV, unsealed, for its owner to keep. Needs the tenant's scope."""
    wav = recording_open(recording)
    _write(target, wav.read(0, wav.size))


def recording_import(recording: Recording, wav: bytes) -> None:
    """Seal a WAV that came from elsewhere at the recording's place. Needs the tenant's scope."""
    tenant_id: int = recording.tenant_id  # type: ignore[assignment] # never null
    sealed = seal_file(wav, tenant_id=tenant_id, purpose=_purpose(recording.call_id))
    _write(recording_file(recording), sealed)


def _purpose(call_id: UUID) -> str:
    return f"recording {call_id}"


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
