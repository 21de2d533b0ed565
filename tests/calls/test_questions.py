"""Unanswered questions: gathered, answered once, and known in the next call."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections

from calls import stream_tokens
from calls.follow_ups import message_take
from calls.media.opening import open_call
from calls.models import Message, MessageKind, Pod
from calls.questions import (
    QuestionRefused,
    open_questions,
    question_answer,
    question_dismiss,
)
from tenants.context import tenant_context
from tenants.models import ReceptionistProfile
from tenants.selectors import rules_for, tenant_for_number
from tenants.services import profile_save, tenant_create
from tests.calls.carrier import HARBOR, Webhooks
from tests.calls.records import NOW, ringing_call
from tests.tenants.cast import HARBOR_RULES, Cast
from voice.receptionist.conversation import Conversation
from voice.receptionist.dialogue import ActionKind, CallerSaid, Scene
from voice.receptionist.rules import FaqEntry, TenantRules

ANSWER = "Yes, softeners from $900, put in within a week."


def ask(cast: Cast, *texts: str) -> list[int]:
    """Each text asked in a call of its own, a minute apart."""
    return [
        message_take(
            tenant_id=cast.harbor.pk,
            call_id=ringing_call(cast, f"CQ{text}").pk,
            kind=MessageKind.UNANSWERED,
            text=text,
            now=NOW + timedelta(minutes=minute),
        ).pk
        for minute, text in enumerate(texts)
    ]


def open_texts(cast: Cast) -> list[list[str]]:
    with tenant_context(cast.harbor):
        return [[message.text for message in one.messages] for one in open_questions()]


def answer(cast: Cast, message_id: int, by: User | None = None, text: str = ANSWER) -> int:
    return question_answer(
        tenant=cast.harbor,
        message_id=message_id,
        question="Do you do water softeners?",
        answer=text,
        saved_by=by or cast.alice,
        now=NOW,
    ).version


def harbors_rules() -> TenantRules:
    """What the next call to Harbor goes by."""
    found = tenant_for_number(HARBOR)
    assert found is not None
    tenant, _ = found
    assert tenant.current_profile is not None
    with tenant_context(tenant):
        return rules_for(tenant.current_profile)


@pytest.mark.django_db
class TestTheList:
    def test_nearly_identical_wordings_are_one_question_the_frequent_ones_first(
        self, cast: Cast
    ) -> None:
        ask(
            cast,
            "do you do water softeners?",
            "is there a senior discount",
            "can you install a softener",
            "Do you do water softeners",
            "are you hiring",
        )
        assert open_texts(cast) == [
            [
                "Do you do water softeners",
                "can you install a softener",
                "do you do water softeners?",
            ],
            ["are you hiring"],
            ["is there a senior discount"],
        ]

    def test_other_messages_and_other_tenants_questions_are_not_in_it(self, cast: Cast) -> None:
        (asked,) = ask(cast, "are you hiring")
        with tenant_context(cast.harbor):
            call_id = Message.objects.get(pk=asked).call_id
            message_take(
                tenant_id=cast.harbor.pk,
                call_id=call_id,
                kind=MessageKind.MESSAGE,
                text="call me",
                now=NOW,
            )
        assert open_texts(cast) == [["are you hiring"]]
        with tenant_context(cast.summit):
            assert open_questions() == ()


@pytest.mark.django_db
class TestAnswering:
    def test_an_answer_is_the_next_version_and_handles_everyone_who_asked(self, cast: Cast) -> None:
        first, other, second = ask(
            cast, "do you do water softeners?", "are you hiring", "can you install a softener"
        )
        assert answer(cast, second) == 2
        assert open_texts(cast) == [["are you hiring"]]
        with tenant_context(cast.harbor):
            handled = Message.objects.filter(handled_at=NOW).values_list("pk", flat=True)
            assert sorted(handled) == [first, second]
            assert Message.objects.get(pk=other).handled_at is None
            saved = ReceptionistProfile.objects.get(version=2)
            assert (saved.saved_by_id, saved.forwarding_number) == (cast.alice.pk, "+13125550110")
            entry = FaqEntry("Do you do water softeners?", ANSWER)
            assert rules_for(saved) == replace(HARBOR_RULES, faq=(entry,))
            assert rules_for(ReceptionistProfile.objects.get(version=1)) == HARBOR_RULES

    def test_a_better_answer_takes_the_place_of_the_old_one(self, cast: Cast) -> None:
        rules = replace(
            HARBOR_RULES,
            faq=(FaqEntry("Pets?", "Fine."), FaqEntry("do you do WATER softeners?", "No.")),
        )
        profile_save(tenant=cast.harbor, rules=rules)
        answer(cast, ask(cast, "do you do water softeners?")[0])
        assert harbors_rules().faq == (
            FaqEntry("Pets?", "Fine."),
            FaqEntry("Do you do water softeners?", ANSWER),
        )

    def test_the_second_of_two_is_told_and_changes_nothing(self, cast: Cast) -> None:
        first, second = ask(cast, "do you do water softeners?", "can you install a softener")
        answer(cast, first)
        for late in (first, second):
            with pytest.raises(QuestionRefused, match="answered or dismissed this question"):
                answer(cast, late, by=cast.bob, text="No.")
            with pytest.raises(QuestionRefused, match="answered or dismissed this question"):
                question_dismiss(tenant=cast.harbor, message_id=late, now=NOW)
        assert harbors_rules().faq == (FaqEntry("Do you do water softeners?", ANSWER),)
        with tenant_context(cast.harbor):
            assert ReceptionistProfile.objects.count() == 2

    @pytest.mark.parametrize("text", ["", " \n\t ", "\x00\u200b"])
    def test_an_empty_answer_is_refused_and_the_question_stays(self, cast: Cast, text: str) -> None:
        (asked,) = ask(cast, "are you hiring")
        with pytest.raises(QuestionRefused, match="both the question and the answer"):
            answer(cast, asked, text=text)
        assert open_texts(cast) == [["are you hiring"]]

    def test_an_answer_is_one_line_of_what_can_be_spoken(self, cast: Cast) -> None:
        answer(
            cast, ask(cast, "are you hiring")[0], text="Yes.\r\n\x07Ask {business}\u2028 for Bob."
        )
        assert harbors_rules().faq[0].answer == "Yes. Ask {business} for Bob."

    def test_dismissed_is_off_the_list_and_no_new_version(self, cast: Cast) -> None:
        asked = ask(cast, "are you hiring", "are you guys hiring", "do you take cards")
        assert question_dismiss(tenant=cast.harbor, message_id=asked[0], now=NOW) == 2
        assert open_texts(cast) == [["do you take cards"]]
        assert harbors_rules() == HARBOR_RULES

    def test_another_tenants_question_cannot_be_answered(self, cast: Cast) -> None:
        (asked,) = ask(cast, "are you hiring")
        with pytest.raises(QuestionRefused):
            question_answer(
                tenant=cast.summit,
                message_id=asked,
                question="Hiring?",
                answer="No.",
                saved_by=cast.charlie,
                now=NOW,
            )
        assert open_texts(cast) == [["are you hiring"]]

    def test_without_a_receptionist_nothing_can_be_answered(self, cast: Cast) -> None:
        bare = tenant_create(slug="bare", name="Bare", timezone="America/Chicago")
        with pytest.raises(QuestionRefused, match="no receptionist yet"):
            question_answer(
                tenant=bare, message_id=1, question="a", answer="b", saved_by=cast.alice, now=NOW
            )


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_answer_at_once_one_is_taken(committed_cast: Cast) -> None:
    asked = ask(committed_cast, "do you do water softeners?", "can you install a softener")
    together = Barrier(8)

    def attempt(number: int) -> str:
        try:
            connection.ensure_connection()
            together.wait(timeout=30)
            answer(committed_cast, asked[number % 2], text=f"Answer {number}.")
        except QuestionRefused:
            return ""
        finally:
            connections.close_all()
        return f"Answer {number}."

    with ThreadPoolExecutor(8) as threads:
        taken = [one for one in threads.map(attempt, range(8)) if one]
    assert len(taken) == 1
    assert [entry.answer for entry in harbors_rules().faq] == taken
    with tenant_context(committed_cast.harbor):
        assert ReceptionistProfile.objects.count() == 2


@pytest.mark.django_db
def test_the_next_call_answers_word_for_word_and_says_from_where(
    cast: Cast, pod: Pod, twilio: Webhooks
) -> None:
    (asked,) = ask(cast, "do you do water softeners?")
    answer(cast, asked)
    grant = stream_tokens.read(twilio.token("CA7"), call_sid="CA7")
    assert grant is not None
    opened = open_call(grant)
    assert opened is not None
    call = Conversation(opened.context.rules, opened.context.scene)
    said = call.hear(CallerSaid("hi, can you guys install a softener"))
    assert said.text.startswith(ANSWER)
    grounds = {ground.source for sentence in said.sentences for ground in sentence.grounds}
    assert grounds == {"rules.faq:Do you do water softeners?"}

    before = Conversation(HARBOR_RULES, Scene(NOW))
    before.hear(CallerSaid("do you do water softeners?"))
    assert [action.kind for action in before.desk.performed] == [ActionKind.NOTE_UNANSWERED]
