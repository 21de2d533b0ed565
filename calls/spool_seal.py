"""Seals what waits on this machine's disk, so that a stolen disk or a backup tells nothing.

With a key made from SECRET_KEY, not the tenant's own: a journal has to be written and read while
the database, where those lie, is away. What is sealed here lives for minutes.
"""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES = 12
KEY_BYTES = 32


class SpoolSealBroken(ValueError):
    """What should be opened was changed, or sealed under another SECRET_KEY."""


def seal(data: bytes, *, purpose: str) -> bytes:
    """`data` as only this installation can open it again, for the same `purpose`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, data, purpose.encode())


def unseal(sealed: bytes, *, purpose: str) -> bytes:
    """What was sealed for `purpose`, under SECRET_KEY or a fallback. Raises SpoolSealBroken."""
    nonce, content = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _cipher(secret).decrypt(nonce, content, purpose.encode())
        except (InvalidTag, ValueError):
            continue
    raise SpoolSealBroken(f"{len(sealed)} bytes do not open for {purpose}")


@lru_cache(maxsize=8)
def _cipher(secret: str) -> AESGCM:
    derived = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"calls.spool")
    return AESGCM(derived.derive(secret.encode()))
