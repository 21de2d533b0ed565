"""What was said so far, on this machine's own disk, so that a killed process loses nothing.

One append-only file for each live call below SPOOL_DIR: a line that names the call, then, sealed,
each turn with the lead as it stood then, and at the end the finished record. Whoever has the file
open holds its lock, which the kernel drops when the process dies: a journal that can be locked
has lost its owner. A finished record is flushed to the disk before the database hears of it, and
the journal goes once the database has it.
"""

import errno
import fcntl
import os
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec
import structlog

from calls.spool_seal import SpoolSealBroken, seal, unseal
from voice.receptionist.dialogue import LeadRecord
from voice.records import CallAudio, CallRecord, TurnRecord

log = structlog.get_logger(__name__)

SUFFIX = ".journal"
REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class JournalHead:
    """Which call a journal is of."""

    call_id: str
    tenant_id: int
    call_sid: str


@dataclass(frozen=True, slots=True)
class Note:
    """One turn, and the lead and the access codes as they stood after it."""

    turn: TurnRecord
    lead: LeadRecord
    access_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """The finished record, its audio left out: that lies beside the journal."""

    record: CallRecord
    at: datetime


class _Line(msgspec.Struct, omit_defaults=True):
    head: JournalHead | None = None
    note: Note | None = None
    end: End | None = None
    private: bool = False


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode


@dataclass(slots=True)
class JournalCounts:
    """What went wrong since the process started, for the metrics page."""

    failed_writes: int = 0
    dropped: int = 0
    rejected: int = 0


counts = JournalCounts()


class Journal:
    """The journal of one live call. A full disk is counted, logged once, and otherwise ignored."""

    def __init__(self, folder: Path, head: JournalHead) -> None:
        self.path = folder / f"{head.call_id}{SUFFIX}"
        self._head = head
        self._file: BinaryIO | None = None
        self._failed = False
        self._torn = False
        self._lock = threading.Lock()

    def open(self) -> None:
        """Take the file and its lock; without them the call goes on unjournaled."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = self.path.open("ab", buffering=0)
            fcntl.flock(self._file, fcntl.LOCK_EX)  # a replay that just looks in is quick
        except OSError as error:
            self._fail(error)
            return
        if self._file.tell() == 0:
            self._append(_named(self._head))

    def note(self, note: Note) -> None:
        """Keep one turn; it survives the process from here on."""
        self._append(_sealed(_Line(note=note), self._head))

    def rewrite(self, notes: Sequence[Note], *, private: bool) -> None:
        """Put these turns in place of all noted so far: something must not stay on the disk.

        A private call's transcript is not to be kept even if this journal is all there is.
        """
        with self._lock:
            if self._file is None:
                return
            lines = [_Line(private=private), *(_Line(note=note) for note in notes)]
            sealed = [_sealed(line, self._head) for line in lines]
            try:
                self._file.truncate(0)
                self._put(b"".join([_named(self._head), *sealed]))
            except OSError as error:
                self._fail(error)

    def end(self, record: CallRecord, at: datetime) -> bool:
        """Flush the finished record to the disk; whether it is safe there."""
        with self._lock:
            if self._file is None:
                return False
            try:
                if record.audio is not None:
                    _write_audio(self.path, record.audio)
                self._put(_sealed(_Line(end=End(replace(record, audio=None), at)), self._head))
                os.fsync(self._file.fileno())
                _fsync_folder(self.path.parent)
            except OSError as error:
                self._fail(error)
                return False
        return True

    def discard(self) -> None:
        """The database has everything: the journal goes."""
        if self._file is not None:
            try:
                _remove(self.path)
            except OSError as error:  # a replay will find that there is nothing to do
                self._fail(error)
        self.close()

    def close(self) -> None:
        """Let go of the file; if it was not discarded, the next replay takes it."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _append(self, line: bytes) -> None:
        with self._lock:
            if self._file is None:
                return
            try:
                self._put(line)
            except OSError as error:
                self._fail(error)

    def _put(self, data: bytes) -> None:
        """Write all of it. What a full disk left of an earlier line stays a line of its own."""
        if self._file is None:
            return
        whole = b"\n" + data if self._torn else data
        self._torn = True
        if self._file.write(whole) != len(whole):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._torn = False

    def _fail(self, error: OSError) -> None:
        counts.failed_writes += 1
        if not self._failed:
            self._failed = True
            log.error("journal_write_failed", call_id=self._head.call_id, error=str(error))


@dataclass(frozen=True, slots=True)
class Orphan:
    """A journal whose owner is gone. Without an `end`, the call was cut off by the crash."""

    path: Path
    head: JournalHead
    notes: tuple[Note, ...]
    end: End | None
    private: bool

    def audio(self) -> CallAudio | None:
        """The sound kept beside the journal, if any. Raises SpoolSealBroken."""
        caller, receptionist = _audio_paths(self.path)
        if not (caller.exists() and receptionist.exists()):
            return None
        return CallAudio(
            unseal(caller.read_bytes(), purpose=caller.name),
            unseal(receptionist.read_bytes(), purpose=receptionist.name),
        )

    def discard(self) -> None:
        """Its call is in the database: remove it."""
        _remove(self.path)


def peek(folder: Path, *, call_sid: str) -> tuple[Note, ...]:
    """The turns of a live call so far, for whoever watches it; empty if it has no journal."""
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            content = path.read_bytes()
        except OSError:
            continue  # it has just ended
        seen = _read(path, content)
        if seen is not None and seen.head.call_sid == call_sid:
            return seen.notes
    return ()


def orphans(folder: Path) -> Iterator[Orphan]:
    """Each journal without an owner, locked for as long as the loop's body runs.

    A journal that says nothing readable is moved aside, into `rejected`, and counted.
    """
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with _locked(path) as content:
            if not content:  # in use, gone, or opened this very moment
                continue
            orphan = _read(path, content)
            if orphan is None:
                reject(path, "nothing in it can be read")
            else:
                yield orphan


def reject(path: Path, why: str) -> None:
    """Move a journal nobody can use out of the way, kept for a person to look at."""
    counts.rejected += 1
    log.error("journal_rejected", journal=path.name, why=why)
    aside = path.parent / REJECTED
    aside.mkdir(mode=0o700, exist_ok=True)
    for file in (path, *_audio_paths(path)):
        if file.exists():
            file.rename(aside / file.name)


@contextmanager
def _locked(path: Path) -> Iterator[bytes | None]:
    """The content of a journal nobody owns; None if somebody does, or it has just gone."""
    try:
        file = path.open("r+b", buffering=0)
    except FileNotFoundError:
        yield None
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        gone = os.fstat(file.fileno()).st_nlink == 0
        yield None if gone else file.read()


def _named(head: JournalHead) -> bytes:
    """The first line, which anybody may read: identifiers only."""
    return _encode(_Line(head=head)) + b"\n"


def _sealed(line: _Line, head: JournalHead) -> bytes:
    return b64encode(seal(_encode(line), purpose=head.call_id)) + b"\n"


def _read(path: Path, content: bytes) -> Orphan | None:
    """What the journal tells; None if it does not say of which call, or was sealed elsewhere."""
    first, *rest = content.split(b"\n")
    try:
        head = _decode(first).head
    except (msgspec.DecodeError, UnicodeError):
        return None
    if head is None:
        return None
    told = [text for text in rest[:-1] if text]  # the last one was torn by a kill, or is empty
    lines = [line for text in told if (line := _opened(text, head)) is not None]
    if told and not lines:
        return None
    notes = {line.note.turn.index: line.note for line in lines if line.note is not None}
    return Orphan(
        path,
        head,
        notes=tuple(notes[index] for index in sorted(notes)),
        end=next((line.end for line in lines if line.end is not None), None),
        private=any(line.private for line in lines),
    )


def _opened(text: bytes, head: JournalHead) -> _Line | None:
    """One sealed line; None if it is not whole."""
    try:
        return _decode(unseal(b64decode(text), purpose=head.call_id))
    except (SpoolSealBroken, msgspec.DecodeError, ValueError):
        return None


def _audio_paths(path: Path) -> tuple[Path, Path]:
    return path.with_suffix(".caller"), path.with_suffix(".receptionist")


def _write_audio(path: Path, audio: CallAudio) -> None:
    sides = (audio.caller_ulaw, audio.receptionist_ulaw)
    for file, ulaw in zip(_audio_paths(path), sides, strict=True):
        with file.open("wb") as out:
            out.write(seal(ulaw, purpose=file.name))
            out.flush()
            os.fsync(out.fileno())


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    for file in (path, *_audio_paths(path)):
        file.unlink(missing_ok=True)
