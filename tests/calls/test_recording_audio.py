"""A recording is heard by its tenant's people only, whole or in ranges."""

import wave
from io import BytesIO

import pytest
from django.test import Client

from calls.models import Call
from calls.recordings import recording_store
from tests.calls.records import AUDIO, ringing_call
from tests.tenants.cast import Cast
from voice.records import CallAudio

pytestmark = pytest.mark.django_db
SIZE = 44 + 320 * 4


@pytest.fixture
def call(cast: Cast) -> Call:
    call = ringing_call(cast)
    assert recording_store(tenant_id=call.owner_id, call_id=call.pk, audio=AUDIO)
    return call


def url(call: Call) -> str:
    return f"/calls/{call.pk}/recording.wav"


def test_it_is_a_wav_of_two_channels(call: Call, cast: Cast, client: Client) -> None:
    client.force_login(cast.bob)
    response = client.get(url(call))
    assert (response.status_code, response["Content-Type"]) == (200, "audio/wav")
    assert (response["Accept-Ranges"], response["Content-Length"]) == ("bytes", str(SIZE))
    with wave.open(BytesIO(response.content)) as sound:
        parameters = sound.getnchannels(), sound.getsampwidth(), sound.getframerate()
        assert (*parameters, sound.getnframes()) == (2, 2, 8000, 320)


@pytest.mark.parametrize(
    ("asked", "status", "given"),
    [
        ("bytes=0-", 206, f"bytes 0-{SIZE - 1}/{SIZE}"),
        ("bytes=0-3", 206, f"bytes 0-3/{SIZE}"),
        ("bytes=100-199", 206, f"bytes 100-199/{SIZE}"),
        ("bytes=-4", 206, f"bytes {SIZE - 4}-{SIZE - 1}/{SIZE}"),
        ("bytes=-99999", 206, f"bytes 0-{SIZE - 1}/{SIZE}"),
        (f"bytes={SIZE - 1}-99999", 206, f"bytes {SIZE - 1}-{SIZE - 1}/{SIZE}"),
        (f"bytes={SIZE}-", 416, f"bytes */{SIZE}"),
        ("bytes=5-4", 416, f"bytes */{SIZE}"),
        ("bytes=-0", 416, f"bytes */{SIZE}"),
        ("bytes=-", 200, None),
        ("bytes=a-b", 200, None),
        ("bytes=0-1,4-5", 200, None),
        ("bytes=" + "9" * 5000 + "-", 200, None),
    ],
)
def test_a_player_gets_the_range_it_asks_for(
    call: Call, cast: Cast, client: Client, asked: str, status: int, given: str | None
) -> None:
    client.force_login(cast.alice)
    whole = client.get(url(call)).content
    response = client.get(url(call), headers={"Range": asked})
    assert (response.status_code, response.headers.get("Content-Range")) == (status, given)
    if status == 206 and given is not None:
        first, last = map(int, given.removeprefix("bytes ").split("/")[0].split("-"))
        assert response.content == whole[first : last + 1]


def test_head_tells_the_size(call: Call, cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    response = client.head(url(call))
    assert (response["Content-Length"], response.content) == (str(SIZE), b"")


def test_another_tenants_recording_does_not_exist(call: Call, cast: Cast, client: Client) -> None:
    client.force_login(cast.charlie)
    assert client.get(url(call)).status_code == 404


def test_who_is_not_logged_in_is_sent_to_log_in(call: Call, client: Client) -> None:
    assert client.get(url(call)).status_code == 302


def test_a_call_without_recording_and_one_whose_file_is_gone_are_404(
    call: Call, cast: Cast, client: Client, settings: object
) -> None:
    client.force_login(cast.alice)
    assert client.get(url(ringing_call(cast, "CA2"))).status_code == 404
    settings.RECORDINGS_DIR = "/nonexistent"  # type: ignore[attr-defined]
    assert client.get(url(call)).status_code == 404


def test_it_is_not_written_over(call: Call, cast: Cast) -> None:
    again = recording_store(tenant_id=call.owner_id, call_id=call.pk, audio=AUDIO)
    assert not again


def test_nothing_heard_is_no_recording(cast: Cast) -> None:
    call = ringing_call(cast)
    empty = CallAudio(b"", b"")
    assert not recording_store(tenant_id=call.owner_id, call_id=call.pk, audio=empty)
