import pytest

from calls.simulator.twiml import TwimlError, Verb, parse


def test_connect_stream_keeps_its_parameters() -> None:
    (connect, redirect) = parse(
        '<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="wss://h/media">'
        '<Parameter name="token" value="t1"/></Stream></Connect>'
        "<Redirect>/next</Redirect></Response>"
    )
    stream = connect.first("Stream")
    assert stream is not None
    assert stream.attributes == {"url": "wss://h/media"}
    assert stream.children == (Verb("Parameter", {"name": "token", "value": "t1"}),)
    assert redirect == Verb("Redirect", {}, "/next")


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("hello", "not XML"),
        ("<html/>", "expected <Response>, got <html>"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><Response>&a;</Response>', "document type"),
        ("<Response>" + " " * 70_000 + "</Response>", "70021 characters"),
    ],
)
def test_what_is_not_twiml_is_refused_by_name(document: str, complaint: str) -> None:
    with pytest.raises(TwimlError, match=complaint):
        parse(document)
