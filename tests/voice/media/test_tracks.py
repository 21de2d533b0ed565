"""Where each side's audio lands on the timeline of the call."""

from voice.ledger import HeardLedger, make_clip
from voice.timing import TimedWord
from voice.tracks import DISTRUST_AFTER, CallerTrack, place_heard

FRAME = 160


def frame(code: int) -> bytes:
    return bytes([code]) * FRAME


def test_a_gap_in_the_timestamps_becomes_silence() -> None:
    track = CallerTrack()
    assert track.place(frame(1), 0) == frame(1)
    assert track.place(frame(2), 60) == b"\xff" * 320 + frame(2)
    assert track.whole() == frame(1) + b"\xff" * 320 + frame(2)


def test_a_late_frame_fills_its_place_and_is_not_listened_to_again() -> None:
    track = CallerTrack()
    track.place(frame(1), 0)
    track.place(frame(3), 40)
    assert track.place(frame(2), 20) == b""
    assert track.whole() == frame(1) + frame(2) + frame(3)
    assert track.misplaced_frames == 1


def test_small_jitter_in_timestamps_moves_nothing() -> None:
    track = CallerTrack()
    for index, stamp in enumerate((0, 24, 36, 60)):
        track.place(frame(index), stamp)
    assert track.whole() == b"".join(frame(index) for index in range(4))


def test_timestamps_that_stand_still_are_soon_ignored() -> None:
    track = CallerTrack()
    heard = [bool(track.place(frame(1), 0)) for _ in range(DISTRUST_AFTER + 4)]
    assert heard == [True] + [False] * DISTRUST_AFTER + [True] * 3


def test_a_timestamp_from_the_far_future_takes_no_memory() -> None:
    track = CallerTrack()
    track.place(frame(1), 0)
    assert track.place(frame(2), 10**12) == frame(2)
    assert track.end_ms == 40


def test_masking_leaves_silence_for_good() -> None:
    track = CallerTrack()
    for index in range(4):
        track.place(frame(index), 20 * index)
    track.mask(20, 60)
    assert track.whole() == frame(0) + b"\xff" * 320 + frame(3)
    assert track.cut(0, 20) == frame(0)


def test_marks_place_audio_where_it_was_heard() -> None:
    ledger = HeardLedger()
    clip = make_clip("hi", frame(7) * 2, (TimedWord("hi", 0, 40),))
    for _ in range(2):
        clip.sent += FRAME
        ledger.note_frame(clip, 100.0, 20)
    name = ledger.next_mark()
    assert ledger.returned(name, 190.0)
    assert not ledger.returned(name, 191.0)
    placed = place_heard(ledger.played, offset_ms=50.0, length_ms=200)
    assert placed == b"\xff" * (100 * 8) + frame(7) * 2 + b"\xff" * (60 * 8)
    assert clip.heard_text == "hi"


def test_a_clear_keeps_what_was_likely_played_in_the_recording_but_credits_no_word() -> None:
    ledger = HeardLedger()
    clip = make_clip("hello there", frame(7) * 20)
    for _ in range(8):
        clip.sent += FRAME
        ledger.note_frame(clip, 0.0, 20)
    ledger.next_mark()
    ledger.cleared(60.0)
    assert sum(span.end - span.start for span in ledger.played) == 3 * FRAME
    assert clip.heard_text == ""


def test_words_without_times_are_never_credited_early() -> None:
    clip = make_clip("one two three four", b"\x01" * 8000)
    for word, due_ms in zip(clip.words, (210, 421, 736, 1000), strict=True):
        assert word.end_ms >= due_ms
    clip.heard = 8 * 500
    assert clip.heard_text == "one"
