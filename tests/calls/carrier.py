"""A carrier that asks webhooks in process, as Twilio does."""

from dataclasses import dataclass, field

from django.test import Client
from twilio.request_validator import RequestValidator

from calls.simulator.twiml import Verb, parse

CALLER = "+17735550121"
HARBOR = "+13125550100"
SUMMIT = "+13035550200"


@dataclass
class Webhooks:
    """Signs and posts; answers are parsed TwiML."""

    client: Client
    validator: RequestValidator
    public_url: str
    statuses: list[int] = field(default_factory=list)

    def ask(self, path: str, sid: str = "CA1", **parameters: str) -> tuple[Verb, ...]:
        """The verbs we answer with; a full address is asked for its path."""
        response = self.post(path, sid, **parameters)
        assert response.status_code == 200, response.content
        return parse(response.content.decode())

    def post(self, path: str, sid: str = "CA1", **parameters: str):  # type: ignore[no-untyped-def]
        """The response itself."""
        path = path.removeprefix(self.public_url)
        given = {"CallSid": sid, "From": CALLER, "To": HARBOR, "CallStatus": "ringing"}
        given |= parameters
        signature = self.validator.compute_signature(self.public_url + path, given)
        return self.client.post(path, given, headers={"X-Twilio-Signature": signature})

    def token(self, sid: str = "CA1", **parameters: str) -> str:
        """Ring, and the token that opens the stream."""
        connect = self.ask("/carriers/twilio/voice", sid, **parameters)[0]
        stream = connect.first("Stream")
        assert stream is not None, connect
        parameter = stream.first("Parameter")
        assert parameter is not None
        assert parameter.attributes["name"] == "token"
        return parameter.attributes["value"]
