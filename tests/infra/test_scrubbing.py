"""No line of the log tells who called or what was said."""

import json
import logging
from typing import Any

import pytest
import structlog
from django.conf import settings

from buddyhelps.scrubbing import scrub, scrub_event


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("call from +17735550121 ended", "call from [number] ended"),
        ("GET /x?From=%2B17735550121&To=1", "GET /x?From=[number]&To=1"),
        ("call (773) 555-0121 or 773-555-0121", "call [number] or [number]"),
        ("7735550121", "[number]"),
        ("1-773-555-0121.", "[number]."),
        ("to dana@example.com now", "to [email] now"),
        ("card 4111 1111 1111 1111 said", "card [card] said"),
        ("4111111111111111", "[card]"),
        ("GET /?q=Dana+Kowalczyk&after=1-2", "GET /?q=[query]&after=1-2"),
        ("GET /calls/?before=1&q=ainslie", "GET /calls/?before=1&q=[query]"),
        ("GET /team/join/aB3_-x90aB3_-x90aB3_-x90/ 200", "GET /team/join/[token]/ 200"),
        (
            "GET /account/reset/key/2-d3f4ul-0123456789abcdef0123/",
            "GET /account/reset/key/[token]/",
        ),
    ],
)
def test_what_tells_who_it_was_is_masked(line: str, masked: str) -> None:
    assert scrub(line) == masked


@pytest.mark.parametrize(
    "line",
    [
        "call e763f728-7d50-4bc4-93fb-027cf416058c ended after 75400 ms",
        "CA18ad3ab5a668481ce02b83e7395059f0",
        "2026-03-02T15:01:01.500000+00:00",
        "tenant 12 has 3 calls in 0.25 s",
        "1772463661.2505550121",
        "127.0.0.1:8000",
        "GET /account/reset/key/2-set-password/ 200",
    ],
)
def test_what_we_need_to_find_a_fault_stays(line: str) -> None:
    assert scrub(line) == line


def test_every_field_is_looked_at_however_deep() -> None:
    event = scrub_event(
        None,
        "info",
        {
            "event": "stored",
            "timestamp": "2026-03-02T15:01:01Z",
            "seconds": 5,
            "lead": {"phone": "+17735550121", "others": ["dana@example.com"]},
            "text": "my name is Dana",
            "error": ValueError("bad number +17735550121"),
        },
    )
    assert event == {
        "event": "stored",
        "timestamp": "2026-03-02T15:01:01Z",
        "seconds": 5,
        "lead": {"phone": "[number]", "others": ["[email]"]},
        "text": "[15 characters]",
        "error": "bad number [number]",
    }


def test_our_loggers_and_others_go_through_it(capsys: pytest.CaptureFixture[str]) -> None:
    logging_settings: Any = settings.LOGGING
    formatter_settings = dict(logging_settings["formatters"]["events"])
    factory = formatter_settings.pop("()")
    formatter_settings["processor"] = structlog.processors.JSONRenderer()
    formatter = factory(**formatter_settings)
    try:
        raise ValueError("+17735550121 hung up")
    except ValueError as error:
        record = logging.LogRecord(
            "x",
            logging.ERROR,
            __file__,
            1,
            "call from %s",
            ("+17735550121",),
            (type(error), error, error.__traceback__),
        )
    line = json.loads(formatter.format(record))
    assert line["event"] == "call from [number]"
    assert "5550121" not in json.dumps(line)
