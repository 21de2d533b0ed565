"""The TwiML verbs a carrier has to obey for our calls, read from the server's answer."""

from dataclasses import dataclass, field
from xml.etree import ElementTree

MAX_TWIML_BYTES = 64_000


class TwimlError(ValueError):
    """The server's answer is not TwiML this carrier can obey."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One instruction: its name, attributes, text and what it contains."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple["Verb", ...] = ()

    def first(self, name: str) -> "Verb | None":
        return next((child for child in self.children if child.name == name), None)


def parse(document: str) -> tuple[Verb, ...]:
    """The verbs of a `<Response>` in order; raises TwimlError saying what was received."""
    if len(document) > MAX_TWIML_BYTES:
        raise TwimlError(f"{len(document)} characters; an answer may have {MAX_TWIML_BYTES}")
    if "<!" in document:
        raise TwimlError("the answer holds a document type or a comment, which TwiML never does")
    try:
        root = ElementTree.fromstring(document)  # noqa: S314 - no entities: checked above
    except ElementTree.ParseError as error:
        raise TwimlError(f"not XML ({error}): {document[:200]!r}") from error
    if root.tag != "Response":
        raise TwimlError(f"expected <Response>, got <{root.tag}>")
    return tuple(_verb(element) for element in root)


def _verb(element: ElementTree.Element) -> Verb:
    return Verb(
        name=element.tag,
        attributes=dict(element.attrib),
        text=(element.text or "").strip(),
        children=tuple(_verb(child) for child in element),
    )
