"""What a held caller hears between two tries: a few soft notes, made once."""

from functools import lru_cache
from io import BytesIO

import numpy as np

from voice.audio import TELEPHONE_HZ, write_wav

NOTES_HZ = (392.0, 493.88, 587.33, 493.88)
NOTE_S = 0.6
LEVEL = 0.12


@lru_cache(maxsize=1)
def hold_wav() -> bytes:
    """Four notes that fade, 2.4 s, mono WAV at 8 kHz."""
    time_s = np.arange(int(NOTE_S * TELEPHONE_HZ)) / TELEPHONE_HZ
    fade = np.exp(-4.0 * time_s) * np.minimum(time_s / 0.01, 1.0)
    notes = [np.sin(2 * np.pi * hz * time_s) * fade * LEVEL for hz in NOTES_HZ]
    samples = (np.concatenate(notes) * 32_767).astype(np.int16)
    out = BytesIO()
    write_wav(out, samples, TELEPHONE_HZ)
    return out.getvalue()
