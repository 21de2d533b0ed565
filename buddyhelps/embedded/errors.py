"""What can go wrong with an embedded server, in one sentence a person can act on."""


class EmbeddedError(Exception):
    """An embedded server cannot run here; the message says what was wrong and what to do."""
