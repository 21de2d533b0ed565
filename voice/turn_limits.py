"""The figures of turn taking, in milliseconds unless they say otherwise."""

from typing import Final

CHUNK_MS: Final = 32
SPEECH_ON: Final = 0.5
SPEECH_OFF: Final = 0.35
ONSET_MS: Final = 64
"""This much speech in a row begins an utterance, or takes it up again."""

SPECULATE_MS: Final = 96
PREROLL_MS: Final = 240
"""Audio before the detected start that is recognised too: soft beginnings."""

PREPARE_LIMIT_MS: Final = 1_000.0
"""No reply is prepared for words that are this far from being the last ones."""

WITHDRAW_MS: Final = 128
GUARD_MS: Final = 64
"""Speech in a row that pauses us; doubled by each false alarm."""

GUARD_LIMIT_MS: Final = 512
EARLY_MS: Final = 300.0
EARLY_GUARD_MS: Final = 160
"""The guard within EARLY_MS of our first word: both began at once."""

GREETING_EARLY_MS: Final = 800.0
GREETING_GUARD_MS: Final = 288
"""Callers say "hello?" into a greeting without wanting to stop it."""

TAKEOVER_MS: Final = 800.0
"""Nobody acknowledges this long: it is an interruption, whatever the words."""

FAREWELL_MS: Final = 1_600.0
"""The same over a goodbye, where callers say a longer one of their own."""

FALSE_ALARM_MS: Final = 2_000.0
IDLE_MS: Final = 6_000.0
UNCLEAR_MS: Final = 250.0
UNCLEAR_WAIT_MS: Final = 2_500.0
"""After a voice without recognisable words the idle prompt comes this soon."""

WARNING_MS: Final = 60_000.0
SEGMENT_MS: Final = 12_000.0
"""An utterance longer than this is recognised in parts, cut at a pause."""

SEGMENT_LIMIT_MS: Final = 24_000.0
MONOLOGUE_MS: Final = 60_000.0
NO_AUDIO_MS: Final = 1_000.0
QUIETER_DB: Final = 15.0
"""While we speak, a voice this far below the caller's own level is taken for our echo."""

ECHO_LIMIT: Final = 2
"""After so many echoes of our words the line is used half-duplex, as a speakerphone is."""

ECHO_TAIL_MS: Final = 300.0
PATIENCE_LIMIT: Final = 2.0
