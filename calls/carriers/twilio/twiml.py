"""What we tell Twilio to do with a call, verb by verb."""

from collections.abc import Mapping

from twilio.twiml.voice_response import Connect, Dial, Gather, VoiceResponse

RING_SECONDS = 20
"""How long one person's phone rings before the next one's does."""

VOICEMAIL_SECONDS = 120
WHISPER_SECONDS = 8
VOICE = "Polly.Joanna"

NOT_IN_SERVICE = (
    "Thank you for calling. This number is not in service yet. Please check it and try again. "
    "Goodbye."
)
TROUBLE = (
    "I am sorry, we have a technical problem and cannot take your call right now. "
    "If there is danger to life, please hang up and dial 9 1 1. Please call again in a few minutes."
)
HOLDING = "Thank you for calling. Everyone is helping another caller. Please stay on the line."
STILL_HOLDING = "Thank you for waiting. You will be answered in a moment."
CONNECTING = "One moment please, I am connecting you."
NOBODY_ANSWERED = (
    "I am sorry, nobody could pick up. Please leave your name, your number and what has happened "
    "after the tone, and you will be called back. "
    "If there is danger to life, please hang up and dial 9 1 1."
)
LEAVE_A_MESSAGE = (
    "I am sorry, all lines are busy. Please leave your name, your number and what has happened "
    "after the tone, and you will be called back. "
    "If there is danger to life, please hang up and dial 9 1 1."
)
MESSAGE_TAKEN = "Thank you. Your message was passed on. Goodbye."


def connect(*, stream_url: str, parameters: Mapping[str, str], after_url: str) -> str:
    """Connect the call's audio to us; when we close the stream, the carrier asks what is next."""
    response = VoiceResponse()
    verb = Connect()
    stream = verb.stream(url=stream_url)
    for name, value in parameters.items():
        stream.parameter(name=name, value=value)
    response.append(verb)
    response.redirect(after_url, method="POST")
    return str(response)


def hold(*, sentence: str, audio_url: str, again_url: str) -> str:
    """Keep the caller company for a few seconds, then have the carrier ask again."""
    response = VoiceResponse()
    if sentence:
        response.say(sentence, voice=VOICE)
    response.play(audio_url)
    response.redirect(again_url, method="POST")
    return str(response)


def say_and_hang_up(sentence: str = "") -> str:
    """Say it, if anything, and end the call."""
    response = VoiceResponse()
    if sentence:
        response.say(sentence, voice=VOICE)
    response.hangup()
    return str(response)


def forward(*, number: str, action_url: str, sentence: str = "") -> str:
    """Ring the plumber's own phone; `action_url` is asked how it went."""
    response = VoiceResponse()
    if sentence:
        response.say(sentence, voice=VOICE)
    dial = Dial(action=action_url, method="POST", timeout=RING_SECONDS, answer_on_bridge=True)
    dial.number(number)
    response.append(dial)
    return str(response)


def ring_with_whisper(*, number: str, whisper_url: str, action_url: str, sentence: str = "") -> str:
    """Ring one person, who hears a whisper and has to press 1 before the two are connected."""
    response = VoiceResponse()
    if sentence:
        response.say(sentence, voice=VOICE)
    dial = Dial(action=action_url, method="POST", timeout=RING_SECONDS, answer_on_bridge=True)
    dial.number(number, url=whisper_url, method="POST")
    response.append(dial)
    return str(response)


def whisper(*, sentence: str, accepted_url: str) -> str:
    """What the person rung hears; silence or another key means no."""
    response = VoiceResponse()
    gather = Gather(num_digits=1, timeout=WHISPER_SECONDS, action=accepted_url, method="POST")
    gather.say(sentence, voice=VOICE)
    response.append(gather)
    response.hangup()
    return str(response)


def bridge() -> str:
    """The person rung pressed 1: nothing more to hear, the two are connected."""
    return str(VoiceResponse())


def voicemail(*, sentence: str, action_url: str) -> str:
    """Ask for a message after the tone; `action_url` is told where it is kept."""
    response = VoiceResponse()
    response.say(sentence, voice=VOICE)
    response.record(
        action=action_url,
        method="POST",
        max_length=VOICEMAIL_SECONDS,
        timeout=5,
        play_beep=True,
        finish_on_key="#",
    )
    response.say(MESSAGE_TAKEN, voice=VOICE)  # nothing was recorded: the action is not asked
    response.hangup()
    return str(response)
