"""Sealed files that can be read from the middle, as an audio player does.

A header, then pieces of 64 KiB, each sealed with AES-GCM under the tenant's key. Every piece is
bound to the header (tenant, key, length, what the file is for) and to its place, so that none can
be left out, moved or taken from another file.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenants.crypto import SealBroken, opening_key, sealing_key

HEADER = struct.Struct(">4sQI8sQ")  # format, tenant, key version, start of the nonces, length
FORMAT = b"BHF1"
PIECE = 64 * 1024
TAG = 16
NONCE_START = 8


def seal_file(content: bytes, *, tenant_id: int, purpose: str) -> bytes:
    """`content` as the bytes of a sealed file. Needs the tenant's scope."""
    version, key = sealing_key(tenant_id)
    start = os.urandom(NONCE_START)
    header = HEADER.pack(FORMAT, tenant_id, version, start, len(content))
    cipher = AESGCM(key)
    pieces = [header]
    for index, at in enumerate(range(0, len(content), PIECE)):
        nonce = start + index.to_bytes(4, "big")
        bound = header + index.to_bytes(4, "big") + purpose.encode()
        pieces.append(cipher.encrypt(nonce, content[at : at + PIECE], bound))
    return b"".join(pieces)


class SealedFile:
    """A sealed file on disk; opened and read inside its tenant's scope.

    Raises FileNotFoundError, and SealBroken for what is not whole, not ours or without its key.
    """

    def __init__(self, path: Path, *, purpose: str) -> None:
        self.path = path
        self._purpose = purpose.encode()
        with path.open("rb") as file:
            self._header = file.read(HEADER.size)
        if len(self._header) != HEADER.size or not self._header.startswith(FORMAT):
            raise SealBroken(f"{path.name} is no sealed file")
        _, tenant_id, version, self._start, self.size = HEADER.unpack(self._header)
        self._cipher = AESGCM(opening_key(tenant_id, version))

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to before `stop` of what was sealed."""
        start, stop = max(0, start), min(stop, self.size)
        if start >= stop:
            return b""
        first, last = start // PIECE, (stop - 1) // PIECE
        with self.path.open("rb") as file:
            opened = b"".join(self._piece(file, index) for index in range(first, last + 1))
        return opened[start - first * PIECE : stop - first * PIECE]

    def _piece(self, file: BinaryIO, index: int) -> bytes:
        length = min(PIECE, self.size - index * PIECE) + TAG
        file.seek(HEADER.size + index * (PIECE + TAG))
        sealed = file.read(length)
        place = index.to_bytes(4, "big")
        try:
            return self._cipher.decrypt(
                self._start + place, sealed, self._header + place + self._purpose
            )
        except InvalidTag as error:
            raise SealBroken(f"{self.path.name} was changed in piece {index}") from error
