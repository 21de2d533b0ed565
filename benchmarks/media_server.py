"""The server the media benchmark loads: python -m benchmarks.media_server PORT WAY TALK

Both ways hold the same conversation over the same codec, voice activity model and pacing:
/ours through the product's consumer and WebSocket protocol, /stock through Channels' own dispatch
and uvicorn's protocol. Nothing is stored.
TALK is `conversation`: a reply of three seconds to whatever is said, or `monologue`: a
receptionist who never stops. The engines take a fixed time and no CPU of this process.
"""

import asyncio
import os
import sys
from typing import Any
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buddyhelps.settings")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as buddyhelps.server has it

import django

django.setup()

import numpy as np
import uvicorn
from channels.generic.websocket import AsyncWebsocketConsumer

from buddyhelps.embedded.configured import ensure_redis
from buddyhelps.lifespan import favour_event_loop
from buddyhelps.media_protocol import MediaStreamProtocol
from calls.carriers.envelopes import AudioReceived, MarkReturned, StreamStarted, StreamStopped
from calls.carriers.twilio.envelopes import TwilioCodec
from calls.media.consumer import MediaStreamConsumer
from calls.media.session import Session
from calls.media.sink import CarrierSink
from voice.audio import TELEPHONE_HZ, Resampler, resample
from voice.llm import LanguageModel
from voice.ports import CallContext, MediaSink, TurnJudge, VadStream
from voice.receptionist.dialogue import Action, LeadRecord, Reply, Scene, Sentence
from voice.receptionist.rules import TenantRules
from voice.records import EndReason, TurnRecord
from voice.session import CallSession
from voice.simulation.brain import ScriptedBrain
from voice.stt import RECOGNITION_HZ, RecognitionRequest, Transcriber, Transcript
from voice.transcribers import BatchTranscriber
from voice.tts import Speech, SpeechRequest
from voice.vad import SileroVad, VadTicker

SYNTHESIS_HZ = 24_000
SYNTHESIS_SECONDS = 0.08
RECOGNITION_SECONDS = 0.06
SENTENCE_SECONDS = 1.6
SENTENCES = 400
WORDS = "My kitchen sink is leaking."
CODEC = TwilioCodec()


class FixedTranscriber(BatchTranscriber):
    """The same words for every utterance, after a fixed time."""

    def __init__(self) -> None:
        pass

    async def transcribe(self, request: RecognitionRequest, *, deadline: float) -> Transcript:
        await asyncio.sleep(RECOGNITION_SECONDS)
        return Transcript(WORDS)

    async def close(self) -> None:
        return


class BenchmarkVoice:
    """The real voice activity tick; speech that is new every time, after a fixed time."""

    language_model: LanguageModel | None = None
    turn_judge: TurnJudge | None = None

    def __init__(self) -> None:
        self.ticker = VadTicker(SileroVad())
        tone = np.sin(np.arange(int(SYNTHESIS_HZ * SENTENCE_SECONDS)) * 0.05) * 0.3
        self._samples = tone.astype(np.float32)

    async def start(self) -> None:
        """Begin to judge. The resampling filters load scipy, which takes seconds: not in a call."""
        resample(self._samples, SYNTHESIS_HZ, TELEPHONE_HZ)
        Resampler(TELEPHONE_HZ, RECOGNITION_HZ)
        await self.ticker.start()

    def open_vad(self, on_probability: Any) -> VadStream:
        return self.ticker.open(on_probability)

    def open_transcriber(self, *, call_id: str, tenant_id: int) -> Transcriber:
        return FixedTranscriber()

    async def synthesize(
        self, request: SpeechRequest, *, deadline: float, tenant_id: int
    ) -> Speech:
        await asyncio.sleep(SYNTHESIS_SECONDS)
        return Speech(self._samples, SYNTHESIS_HZ)


class NoDesk:
    """Keeps nothing."""

    async def perform(self, action: Action) -> None:
        return None

    def note_turn(self, turn: TurnRecord, lead: LeadRecord) -> None:
        return


class Server:
    """The ASGI application; the voice is made on the running loop."""

    def __init__(self) -> None:
        self.voice: BenchmarkVoice | None = None

    def session(self, sink: MediaSink) -> CallSession:
        """A conversation with nobody to ask for and nothing to store."""
        if self.voice is None:
            raise RuntimeError("the lifespan has not started")
        monologue = TALK == "monologue"
        context = CallContext(
            str(uuid4()),
            1,
            TenantRules("Benchmark", "UTC", half_duplex=monologue, max_call_minutes=60),
            Scene(now=django.utils.timezone.now()),
        )
        sentences = SENTENCES if monologue else 1
        greeting = Reply(tuple(Sentence(f"Sentence {n}.") for n in range(sentences)))
        reply = Reply((Sentence("All right."), Sentence("What is the address?")))
        brain = ScriptedBrain(greeting, [reply])
        return CallSession(context, voice=self.voice, sink=sink, desk=NoDesk(), brain=brain)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            ensure_redis()  # Channels' dispatch opens a channel for each socket
            self.voice = BenchmarkVoice()
            await self.voice.start()
            favour_event_loop()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self.voice.ticker.close()
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["type"] == "websocket":
            consumer = OurConsumer() if WAY == "/ours" else StockConsumer()
            await consumer(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})


WAY, TALK = sys.argv[2:]
SERVER = Server()


class OurConsumer(MediaStreamConsumer):
    """The product's consumer and its receive loop, with nobody to ask for and nothing to store."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        started = await self._start(receive)
        session: Session = SERVER.session(CarrierSink(send, self.codec, started.stream_sid))
        await self._run(session, receive)


class StockConsumer(AsyncWebsocketConsumer):  # type: ignore[misc] # channels has no types
    """The same conversation behind Channels' dispatch, as its tutorial has it."""

    session: CallSession | None = None
    running: "asyncio.Task[Any] | None" = None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        match CODEC.decode(text_data or ""):
            case StreamStarted(stream_sid=stream_sid):
                self.session = SERVER.session(CarrierSink(self._pass_on, CODEC, stream_sid))
                self.running = asyncio.create_task(self.session.run())
            case AudioReceived(ulaw=ulaw, timestamp_ms=timestamp_ms) if self.session:
                self.session.receive_audio(ulaw, timestamp_ms=timestamp_ms)
            case MarkReturned(name=name) if self.session:
                self.session.receive_mark(name)
            case StreamStopped() if self.session:
                self.session.end(EndReason.CALLER_HUNG_UP)
            case _:
                pass

    async def disconnect(self, code: int) -> None:
        if self.session is not None and self.running is not None:
            self.session.end(EndReason.CARRIER_LOST)
            await self.running

    async def _pass_on(self, message: Any) -> None:
        await self.send(text_data=message["text"])


if __name__ == "__main__":
    uvicorn.run(
        SERVER,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws=MediaStreamProtocol if WAY == "/ours" else "websockets-sansio",
        ws_per_message_deflate=False,
        log_level="error",
    )
