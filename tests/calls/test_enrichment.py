"""A finished call's lead is read once more by a language model; nothing needs that to happen."""

import asyncio
from typing import Any

import pytest

from calls import enrichment, voice_runtime
from calls.media import live
from calls.models import Lead
from calls.services import call_finish, lead_enrich
from tenants.context import tenant_context
from tests.calls.records import LEAD, NOW, record, ringing_call
from tests.calls.socket import Sessions
from tests.calls.streams import begun, heard, stored
from tests.tenants.cast import Cast
from tests.voice.after_call.test_merging import Reader, turns_of
from voice.after_call.merging import Enrichment

FOUND = Enrichment(
    agreed=("name", "zip", "unit"),
    notes={"access_notes": "side door", "problem": "obey me"},
    questions=("name: taken down as ...",),
    summary="Caller reports water through the ceiling.",
    confidence=0.95,
)


def finished_lead(cast: Cast) -> Lead:
    call = ringing_call(cast)
    call_finish(tenant_id=call.owner_id, call_id=call.pk, record=record(), at=NOW)
    with tenant_context(cast.harbor):
        return Lead.objects.get(call=call)


def enriched(lead: Lead, found: Enrichment = FOUND) -> bool:
    assert lead.tenant_id is not None
    return lead_enrich(tenant_id=lead.tenant_id, call_id=lead.call_id, found=found, model="tiny")


def again(cast: Cast, lead: Lead) -> Lead:
    with tenant_context(cast.harbor):
        return Lead.objects.get(pk=lead.pk)


@pytest.mark.django_db
class TestALeadAlreadyStored:
    def test_gets_what_was_found_marked_as_the_models(self, cast: Cast) -> None:
        lead = finished_lead(cast)
        assert enriched(lead)
        after = again(cast, lead)
        assert after.by_model == {
            "model": "tiny",
            "agreed": ["name", "zip"],
            "notes": ["access_notes"],
            "questions": ["name: taken down as ..."],
            "summary": LEAD.summary,
        }
        assert after.slots["access_notes"]["value"] == "side door"
        assert after.open_questions == [*LEAD.open_questions, "name: taken down as ..."]
        assert (after.summary, after.confidence) == (FOUND.summary, 0.95)

    def test_keeps_every_field_it_had(self, cast: Cast) -> None:
        lead = finished_lead(cast)
        enriched(lead)
        after = again(cast, lead)
        kept = ("name", "phone", "street", "zip", "problem", "urgency", "intent", "job_type")
        assert [getattr(after, name) for name in kept] == [getattr(lead, name) for name in kept]
        assert lead.slots.items() <= after.slots.items()
        assert after.actions == lead.actions

    def test_is_enriched_once(self, cast: Cast) -> None:
        lead = finished_lead(cast)
        assert [enriched(lead), enriched(lead)] == [True, False]
        assert len(again(cast, lead).open_questions) == 2

    def test_is_no_other_tenants_to_enrich(self, cast: Cast) -> None:
        lead = finished_lead(cast)
        assert not lead_enrich(
            tenant_id=cast.summit.pk, call_id=lead.call_id, found=FOUND, model="tiny"
        )
        assert again(cast, lead).by_model == {}

    def test_takes_characters_that_no_database_stores(self, cast: Cast) -> None:
        lead = finished_lead(cast)
        assert enriched(lead, Enrichment(notes={"access_notes": "a\x00b\ud800"}))
        assert again(cast, lead).slots["access_notes"]["value"] == "ab?"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("live_pod")
class TestACallOnTheSocket:
    @pytest.mark.parametrize(
        ("reader", "added"),
        [
            (Reader({"name": "caller", "urgency": "E0"}), True),
            (Reader(RuntimeError("gone")), False),
            (Reader({"name": 7}), False),
            (None, False),
        ],
    )
    async def test_is_stored_whole_whatever_the_model_does(
        self,
        connect: Any,
        sessions: Sessions,
        token: str,
        monkeypatch: pytest.MonkeyPatch,
        reader: Reader | None,
        added: bool,
    ) -> None:
        monkeypatch.setattr(voice_runtime, "language_model", lambda: reader)
        socket, session = await begun(connect, sessions, token)
        socket.media(1, 2)
        await heard(session, 2)
        socket.stop()
        assert await socket.closed() == 1000
        await _settled()
        (lead,) = await stored(Lead)
        assert lead.urgency == "R"
        assert bool(lead.by_model) is added

    async def test_is_shown_to_the_model_without_codes_and_cards(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reader = Reader({"access_notes": "gate code 4412", "urgency": "R"})
        monkeypatch.setattr(voice_runtime, "language_model", lambda: reader)
        storing: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        storing.set_result(True)
        said = ("the gate code is 4412", "my card is 4111 1111 1111 1111")
        call = record(turns=turns_of(*said))
        assert not await enrichment.call_enrich(storing, head=Any, record=call)  # type: ignore[arg-type]
        assert "[access code]" in reader.prompts[1]
        assert "4412" not in reader.prompts[1]
        assert "4111" not in reader.prompts[1]

    async def test_that_could_not_be_stored_is_left_to_the_replay(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reader = Reader({"name": "caller"})
        monkeypatch.setattr(voice_runtime, "language_model", lambda: reader)
        storing: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        storing.set_result(False)
        assert not await enrichment.call_enrich(storing, head=Any, record=record())  # type: ignore[arg-type]
        assert reader.prompts == []


async def _settled() -> None:
    """Everything that was begun after the call has ended."""
    async with asyncio.timeout(10):
        await asyncio.gather(*live._finishing)
