"""The worker with the real embedded engines: nothing simulated between text, sound and words."""

import asyncio
from pathlib import Path

import pytest

import calls.simulator
from voice.audio import int16_to_float, read_wav, resample
from voice.config import VoiceSettings
from voice.stt import RECOGNITION_HZ, Expectation, Expecting, RecognitionRequest, Transcript
from voice.tts import SpeechRequest
from voice.worker import VoiceWorker

AUDIO = Path(calls.simulator.__file__).parent / "audio" / "1"
PATIENCE_S = 120.0


def heard(name: str, kind: Expecting) -> RecognitionRequest:
    samples, rate_hz = read_wav(AUDIO / f"{name}.wav")
    return RecognitionRequest(
        resample(int16_to_float(samples), rate_hz, RECOGNITION_HZ), Expectation(kind)
    )


async def test_it_speaks_and_understands_several_callers_at_once() -> None:
    worker = await VoiceWorker.start(VoiceSettings(vad_engine="energy"))
    deadline = asyncio.get_running_loop().time() + PATIENCE_S

    async def listen(tenant_id: int, name: str) -> Transcript:
        ear = worker.open_transcriber(call_id=f"call {tenant_id}", tenant_id=tenant_id)
        return await ear.transcribe(heard(name, Expecting.YES_NO), deadline=deadline)

    try:
        answers = await asyncio.gather(
            *(listen(tenant, name) for tenant, name in enumerate(("confirm_yes", "confirm_no")))
        )
        speech = await worker.synthesize(
            SpeechRequest("Harbor Plumbing, how can I help?"), deadline=deadline, tenant_id=1
        )
        seen = worker.snapshot()
    finally:
        await worker.close()
    assert [answer.text.split()[0].lower() for answer in answers] == ["yes", "no"]
    assert speech.duration_ms == pytest.approx(2200, abs=700)
    assert [word.text for word in speech.words][:2] == ["Harbor", "Plumbing,"]
    assert seen.recognition is not None
    assert (seen.recognition.completed, seen.synthesis.completed) == (2, 1)
