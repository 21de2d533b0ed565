"""Questions nobody has answered yet: shown as one where callers asked the same, answered once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet

from calls.models import Message, MessageKind
from tenants.context import tenant_context
from tenants.models import ReceptionistProfile, Tenant
from tenants.selectors import rules_for
from tenants.services import profile_save
from voice.receptionist.faq import same_question
from voice.receptionist.rules import FaqEntry

MOST_OPEN = 200
"""The newest open questions that are looked through; older ones come up as these are handled."""
LONGEST_QUESTION = 300
LONGEST_ANSWER = 500


class QuestionRefused(RuntimeError):
    """It cannot be done; the message says why, to the person who asked."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What callers asked in the same words or nearly, the newest wording first."""

    messages: tuple[Message, ...]

    @property
    def newest(self) -> Message:
        return self.messages[0]


def open_questions() -> tuple[OpenQuestion, ...]:
    """The tenant's unanswered questions, most often asked first; one query."""
    return grouped(_open()[:MOST_OPEN])


def grouped(messages: Iterable[Message]) -> tuple[OpenQuestion, ...]:
    """Newest-first messages put together by what they ask; often asked ones first, then newest."""
    groups: list[list[Message]] = []
    for message in messages:
        for group in groups:
            if same_question(group[0].text, message.text):
                group.append(message)
                break
        else:
            groups.append([message])
    groups.sort(key=len, reverse=True)  # stable: the newest stay ahead among equals
    return tuple(OpenQuestion(tuple(group)) for group in groups)


def question_answer(
    *, tenant: Tenant, message_id: int, question: str, answer: str, saved_by: User, now: datetime
) -> ReceptionistProfile:
    """Answer for good: the receptionist's next version says `answer` to this and alike questions.

    Everyone who asked the same is handled with it. Raises QuestionRefused when somebody else was
    faster, when text is missing, or when there is no receptionist; then nothing changes.
    """
    entry = FaqEntry(_line(question, LONGEST_QUESTION), _line(answer, LONGEST_ANSWER))
    if not entry.question or not entry.answer:
        raise QuestionRefused("Write both the question and the answer.")
    with tenant_context(tenant):
        current = _current(tenant)  # whoever saves a version at the same time waits here
        _handle(message_id, now)
        rules = rules_for(current)
        others = tuple(one for one in rules.faq if one.question.lower() != entry.question.lower())
        return profile_save(
            tenant=tenant,
            rules=replace(rules, faq=(*others, entry)),
            speed=current.speed,
            forwarding_number=current.forwarding_number,
            saved_by=saved_by,
        )


def question_dismiss(*, tenant: Tenant, message_id: int, now: datetime) -> int:
    """Take the question off the list unanswered; how many had asked it. Raises QuestionRefused."""
    with tenant_context(tenant):
        return _handle(message_id, now)


def _handle(message_id: int, now: datetime) -> int:
    """Mark the question and those alike; of two at the same moment the second finds nothing."""
    locked: Sequence[Message] = sorted(
        _open().filter(pk__in=_open().values("pk")[:MOST_OPEN]).order_by("pk").select_for_update(),
        key=lambda one: (one.created_at, one.pk),
        reverse=True,
    )
    group = next(
        (one for one in grouped(locked) if message_id in {m.pk for m in one.messages}), None
    )
    if group is None:
        raise QuestionRefused("Somebody has answered or dismissed this question already.")
    asked = [message.pk for message in group.messages]
    return Message.objects.filter(pk__in=asked, handled_at=None).update(handled_at=now)


def _open() -> "QuerySet[Message]":
    return Message.objects.filter(kind=MessageKind.UNANSWERED, handled_at=None).order_by(
        "-created_at", "-pk"
    )


def _current(tenant: Tenant) -> ReceptionistProfile:
    row = Tenant.objects.select_for_update().get(pk=tenant.pk)
    current = row.current_profile
    if current is None:
        raise QuestionRefused("There is no receptionist yet that could say the answer.")
    return current


def _line(text: str, longest: int) -> str:
    """One line without control characters: it is spoken as it stands."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:longest].strip()
