"""Call control as the carrier does it: signed webhooks, TwiML obeyed verb by verb."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urljoin, urlsplit

import httpx
from twilio.request_validator import RequestValidator

from calls.simulator.line import Line, StreamStart
from calls.simulator.twiml import Verb, parse

MAX_STEPS = 60
WEBHOOK_TIMEOUT_SECONDS = 15.0
PLAY_SECONDS = 2.0  # hold audio is not fetched, only waited for
DialOutcome = Literal["no-answer", "answered"]


class CallFailed(Exception):
    """The call could not be carried on; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Number:
    """Who calls whom, and what signs the requests."""

    to: str
    caller: str
    auth_token: str
    account_sid: str = "AC" + "0" * 32


@dataclass(slots=True)
class CarrierLog:
    """What the carrier did, in order, for the person who placed the call."""

    steps: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    holds: int = 0
    dialled: list[str] = field(default_factory=list)
    streams: int = 0

    def add(self, step: str) -> None:
        self.steps.append(step)


class SimulatedCarrier:
    """One inbound call, from the first webhook to the hang-up.

    `open_line(start)` makes the Line for each media stream; once `is_on_the_line` says no, the
    person has put the phone down and no further verb is obeyed. Every wait is bounded.
    """

    def __init__(
        self,
        number: Number,
        *,
        base_url: str,
        open_line: Callable[[StreamStart], Line],
        dial_outcome: DialOutcome = "no-answer",
        on_step: Callable[[str], None] | None = None,
        is_on_the_line: Callable[[], bool] = lambda: True,
    ) -> None:
        self._number = number
        self._base_url = base_url.rstrip("/")
        self._open_line = open_line
        self._dial_outcome = dial_outcome
        self._on_step = on_step
        self._validator = RequestValidator(number.auth_token)
        self.call_sid = "CA" + secrets.token_hex(16)
        self.log = CarrierLog()
        self._is_on_the_line = is_on_the_line

    async def place(self) -> CarrierLog:
        """Ring the number and carry the call to its end. Raises CallFailed or LineRefused."""
        async with httpx.AsyncClient(timeout=WEBHOOK_TIMEOUT_SECONDS) as client:
            url: str | None = f"{self._base_url}/carriers/twilio/voice"
            parameters: dict[str, str] = {}
            try:
                for _ in range(MAX_STEPS):
                    if url is None:
                        return self.log
                    verbs = await self._fetch(client, url, parameters)
                    url, parameters = await self._obey(client, url, verbs)
            finally:
                await self._report_completed(client)
        raise CallFailed(f"the call was still going after {MAX_STEPS} webhooks; last: {url}")

    async def _fetch(
        self, client: httpx.AsyncClient, url: str, extra: dict[str, str]
    ) -> tuple[Verb, ...]:
        response = await self._post(client, url, extra)
        if response.status_code != httpx.codes.OK:
            raise CallFailed(f"{url} answered {response.status_code}: {response.text[:200]!r}")
        return parse(response.text)

    async def _post(
        self, client: httpx.AsyncClient, url: str, extra: dict[str, str]
    ) -> httpx.Response:
        parameters = {
            "CallSid": self.call_sid,
            "AccountSid": self._number.account_sid,
            "From": self._number.caller,
            "To": self._number.to,
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
            "CallStatus": "in-progress" if self.log.steps else "ringing",
            **extra,
        }
        signature = self._validator.compute_signature(url, parameters)
        try:
            return await client.post(
                url, data=parameters, headers={"X-Twilio-Signature": signature}
            )
        except httpx.HTTPError as error:
            raise CallFailed(
                f"{url} cannot be reached: {error!r}; is the server running?"
            ) from error

    async def _obey(
        self, client: httpx.AsyncClient, url: str, verbs: tuple[Verb, ...]
    ) -> tuple[str | None, dict[str, str]]:
        """Where to go next, or (None, {}) when the call is over."""
        for verb in verbs:
            if not self._is_on_the_line():
                return None, {}
            self._note(_describe(verb))
            match verb.name:
                case "Connect":
                    await self._stream(url, verb)
                case "Say":
                    self.log.said.append(verb.text)
                case "Pause":
                    await asyncio.sleep(min(float(verb.attributes.get("length", "1")), 10.0))
                case "Play":
                    await asyncio.sleep(PLAY_SECONDS)
                case "Redirect":
                    self.log.holds += not self.log.streams
                    return urljoin(url, verb.text), {}
                case "Dial":
                    action = verb.attributes.get("action")
                    outcome = await self._dial(client, url, verb)
                    if action:
                        return urljoin(url, action), {"DialCallStatus": outcome}
                case "Record":
                    action = verb.attributes.get("action")
                    recording = {"RecordingUrl": "", "RecordingDuration": "0"}
                    return (urljoin(url, action), recording) if action else (None, {})
                case "Hangup" | "Reject":
                    return None, {}
                case _:
                    pass
        return None, {}

    async def _stream(self, url: str, connect: Verb) -> None:
        stream = connect.first("Stream")
        if stream is None:
            raise CallFailed("<Connect> holds no <Stream>")
        address = stream.attributes["url"]
        self.log.streams += 1
        line = self._open_line(
            StreamStart(
                url=address.split("?", 1)[0],
                signature=self._validator.compute_signature(address.split("?", 1)[0], {}),
                stream_sid="MZ" + secrets.token_hex(16),
                account_sid=self._number.account_sid,
                call_sid=self.call_sid,
                parameters={
                    child.attributes["name"]: child.attributes["value"]
                    for child in stream.children
                    if child.name == "Parameter"
                },
            )
        )
        await line.run()
        self._note(f"media stream closed (code {line.close_code})")

    async def _dial(self, client: httpx.AsyncClient, url: str, dial: Verb) -> str:
        numbers = [child for child in dial.children if child.name == "Number"]
        targets = [(n.text, n.attributes.get("url")) for n in numbers] or [(dial.text, None)]
        for target, whisper in targets:
            self.log.dialled.append(target)
            self._note(f"rings {target}: {self._dial_outcome}")
            if self._dial_outcome == "answered":
                if whisper:
                    await self._accept(client, urljoin(url, whisper))
                return "completed"
        return "no-answer"

    async def _accept(self, client: httpx.AsyncClient, whisper_url: str) -> None:
        """The person who picked up hears the whisper and presses 1."""
        for verb in await self._fetch(client, whisper_url, {}):
            if verb.name == "Gather" and (action := verb.attributes.get("action")):
                await self._fetch(client, urljoin(whisper_url, action), {"Digits": "1"})
                return

    async def _report_completed(self, client: httpx.AsyncClient) -> None:
        url = f"{self._base_url}/carriers/twilio/status"
        try:
            response = await self._post(client, url, {"CallStatus": "completed"})
        except CallFailed as error:
            self._note(f"status callback: {error}")
        else:
            self._note(f"status callback: {response.status_code}")

    def _note(self, step: str) -> None:
        self.log.add(step)
        if self._on_step is not None:
            self._on_step(step)


def _describe(verb: Verb) -> str:
    inner = verb.text or ", ".join(child.name for child in verb.children)
    return f"<{verb.name}> {_without_query(inner)}".rstrip()


def _without_query(text: str) -> str:
    parts = urlsplit(text)
    return parts._replace(query="").geturl() if parts.scheme in {"http", "https"} else text
