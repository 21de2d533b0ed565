"""The recogniser's child process: reads utterances from a pipe, answers each.

Run as `python -m voice.stt.sphinx.child FD`. It ends when its parent closes the pipe or dies.
"""

import signal
import sys
from multiprocessing.connection import Connection

import msgspec

from voice.stt.sphinx.decoder import Ear
from voice.stt.sphinx.messages import Answer, Utterance

READY = b"ready"


def main() -> None:
    """Answer utterances until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe = Connection(int(sys.argv[1]))
    ear = Ear()
    pipe.send_bytes(READY)
    decoder = msgspec.msgpack.Decoder(Utterance)
    more_to_learn = True
    while True:
        try:
            while more_to_learn and not pipe.poll():
                more_to_learn = ear.prepare()
            message = pipe.recv_bytes()
        except (EOFError, ConnectionError):
            return
        try:
            answer = ear.hear(decoder.decode(message))
        except Exception as error:  # one utterance must not take the next ones along
            answer = Answer(error=f"{type(error).__name__}: {error}")
        pipe.send_bytes(msgspec.msgpack.encode(answer))


if __name__ == "__main__":
    main()
