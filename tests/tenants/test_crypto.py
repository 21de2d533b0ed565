"""What callers said is sealed: noise without the key, and bound to its tenant and place."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import connection, transaction

from calls.models import Turn
from calls.services import call_start
from tenants.accounts.keys import factors_reseal
from tenants.context import TenantNotActive, tenant_context, unscoped
from tenants.crypto import (
    SealBroken,
    master_key_adopt,
    seal,
    secret_unseal,
    tenant_key_renew,
    unseal,
)
from tenants.models import AuditEntry, Tenant, TenantKey
from tenants.sealed_file import HEADER, PIECE, SealedFile, seal_file
from tests.tenants.cast import TOTP_SECRET, Cast

WORDS = b"the gate code is 4711"


def sealed_for(tenant: Tenant, data: bytes = WORDS) -> bytes:
    with tenant_context(tenant):
        return seal(data, tenant_id=tenant.pk, purpose="test")


def test_what_is_sealed_opens_again_and_tells_nothing_meanwhile(cast: Cast) -> None:
    sealed = sealed_for(cast.harbor)
    assert b"4711" not in sealed
    with tenant_context(cast.harbor):
        assert unseal(sealed, purpose="test") == WORDS
    assert sealed_for(cast.harbor) != sealed


def test_it_opens_for_its_tenant_and_purpose_only(cast: Cast) -> None:
    sealed = sealed_for(cast.harbor)
    with tenant_context(cast.summit), pytest.raises(SealBroken, match="is not to be had here"):
        unseal(sealed, purpose="test")
    with tenant_context(cast.harbor), pytest.raises(SealBroken, match="was changed"):
        unseal(sealed, purpose="other")
    with pytest.raises(TenantNotActive):
        unseal(sealed, purpose="test")


@pytest.mark.parametrize("place", [0, 5, 15, 20, 40, -1])
def test_a_changed_byte_anywhere_is_found(cast: Cast, place: int) -> None:
    sealed = bytearray(sealed_for(cast.harbor))
    sealed[place] ^= 1
    with tenant_context(cast.harbor), pytest.raises(SealBroken):
        unseal(bytes(sealed), purpose="test")


def test_too_short_is_said_so(cast: Cast) -> None:
    with tenant_context(cast.harbor), pytest.raises(SealBroken, match="too short"):
        unseal(b"BHS1", purpose="test")


def test_a_key_taken_back_by_a_savepoint_seals_nothing_more(cast: Cast) -> None:
    with tenant_context(cast.harbor):
        with transaction.atomic():
            seal(WORDS, tenant_id=cast.harbor.pk, purpose="test")
            transaction.set_rollback(True)
        sealed = seal(WORDS, tenant_id=cast.harbor.pk, purpose="test")
        assert unseal(sealed, purpose="test") == WORDS
    with tenant_context(cast.harbor):
        assert unseal(sealed, purpose="test") == WORDS


def test_without_the_key_row_it_is_noise_for_ever(cast: Cast) -> None:
    sealed = sealed_for(cast.harbor)
    with tenant_context(cast.harbor):
        TenantKey.objects.all().delete()
    with tenant_context(cast.harbor), pytest.raises(SealBroken, match="is not to be had here"):
        unseal(sealed, purpose="test")


def test_the_data_key_does_not_lie_open_in_the_database(cast: Cast) -> None:
    sealed_for(cast.harbor)
    with tenant_context(cast.harbor), connection.cursor() as cursor:
        cursor.execute("SELECT length(wrapped) FROM tenants_tenantkey")
        assert cursor.fetchall() == [(12 + 32 + 16,)]


def test_a_key_row_copied_to_another_tenant_opens_nothing(cast: Cast) -> None:
    sealed_for(cast.harbor)
    with unscoped(reason="test"):
        row = TenantKey.objects.get()
        TenantKey.objects.create(
            tenant=cast.summit, version=1, master=row.master, wrapped=row.wrapped
        )
    with pytest.raises(SealBroken, match="was changed in the database"):
        sealed_for(cast.summit)


def test_a_renewed_key_seals_and_the_old_one_still_opens(cast: Cast) -> None:
    old = sealed_for(cast.harbor)
    assert tenant_key_renew(tenant=cast.harbor, reason="somebody left") == 2
    new = sealed_for(cast.harbor)
    assert [key_version(sealed) for sealed in (old, new)] == [1, 2]
    with tenant_context(cast.harbor):
        assert unseal(old, purpose="test") == unseal(new, purpose="test") == WORDS
        assert AuditEntry.objects.get(kind="keys").subject == "key 2"


def key_version(sealed: bytes) -> int:
    return int.from_bytes(sealed[12:16], "big")


def test_the_master_key_is_changed_without_touching_the_data(
    cast: Cast, settings: object, capsys: pytest.CaptureFixture[str]
) -> None:
    (first,) = settings.MASTER_KEYS  # type: ignore[attr-defined]
    harbors, summits = sealed_for(cast.harbor), sealed_for(cast.summit)
    settings.MASTER_KEYS = ["the new one", first]  # type: ignore[attr-defined]
    call_command("rotate_keys")
    assert capsys.readouterr().out == "3 keys are now sealed by the newest master key.\n"
    settings.MASTER_KEYS = ["the new one"]  # type: ignore[attr-defined]
    for tenant, sealed in [(cast.harbor, harbors), (cast.summit, summits)]:
        with tenant_context(tenant):
            assert unseal(sealed, purpose="test") == WORDS
    factor = Authenticator.objects.get(user=cast.olga)
    assert secret_unseal(factor.data["secret"], purpose="second factor") == TOTP_SECRET
    assert (master_key_adopt(), factors_reseal()) == (0, 0)


def test_rotating_one_tenants_data_key(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    sealed_for(cast.harbor)
    call_command("rotate_keys", tenant="harbor")
    assert capsys.readouterr().out == "Harbor Plumbing seals with key 2 from now on.\n"


def test_a_missing_master_key_is_named(cast: Cast, settings: object) -> None:
    sealed = sealed_for(cast.harbor)
    settings.MASTER_KEYS = ["another"]  # type: ignore[attr-defined]
    with tenant_context(cast.harbor), pytest.raises(SealBroken, match="not in MASTER_KEYS; add it"):
        unseal(sealed, purpose="test")


# --- files -----------------------------------------------------------------------------------

CONTENT = bytes(range(256)) * 1000  # 256,000 bytes: three pieces and a bit


@pytest.fixture
def file(cast: Cast, tmp_path: Path) -> Path:
    with tenant_context(cast.harbor):
        (tmp_path / "f").write_bytes(seal_file(CONTENT, tenant_id=cast.harbor.pk, purpose="sound"))
    return tmp_path / "f"


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        (0, len(CONTENT)),
        (0, 1),
        (PIECE - 1, PIECE + 1),
        (PIECE, 2 * PIECE),
        (len(CONTENT) - 1, len(CONTENT)),
        (-5, 10**9),
        (7, 7),
        (10**9, 10**9 + 1),
    ],
)
def test_any_part_of_a_sealed_file_can_be_read(
    cast: Cast, file: Path, start: int, stop: int
) -> None:
    with tenant_context(cast.harbor):
        sealed = SealedFile(file, purpose="sound")
        assert sealed.size == len(CONTENT)
        assert sealed.read(start, stop) == CONTENT[max(0, start) : stop]


def test_an_empty_file_is_sealed_too(cast: Cast, tmp_path: Path) -> None:
    with tenant_context(cast.harbor):
        (tmp_path / "e").write_bytes(seal_file(b"", tenant_id=cast.harbor.pk, purpose="x"))
        assert SealedFile(tmp_path / "e", purpose="x").read(0, 9) == b""


def swapped(content: bytes) -> bytes:
    piece, at = PIECE + 16, HEADER.size
    return (
        content[:at]
        + content[at + piece : at + 2 * piece]
        + content[at : at + piece]
        + content[at + 2 * piece :]
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[: HEADER.size - 1],
        lambda content: content[: HEADER.size + PIECE + 16],
        swapped,
        lambda content: b"RIFF" + content[4:],
        lambda content: content[:30] + bytes([content[30] ^ 1]) + content[31:],
        lambda content: content[:-20] + bytes([content[-20] ^ 1]) + content[-19:],
    ],
)
def test_a_damaged_file_is_refused(cast: Cast, file: Path, damage: object) -> None:
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    with tenant_context(cast.harbor), pytest.raises(SealBroken):
        SealedFile(file, purpose="sound").read(0, len(CONTENT))


def test_a_file_opens_for_its_tenant_and_purpose_only(cast: Cast, file: Path) -> None:
    with tenant_context(cast.summit), pytest.raises(SealBroken):
        SealedFile(file, purpose="sound")
    with tenant_context(cast.harbor), pytest.raises(SealBroken):
        SealedFile(file, purpose="another call's").read(0, 1)


# --- where it is used -------------------------------------------------------------------------


def stored_turn(cast: Cast) -> Turn:
    call = call_start(
        tenant=cast.harbor,
        carrier="twilio",
        call_sid="CA1",
        from_number="",
        to_number="+13125550100",
        now=datetime(2026, 3, 2, 15, 0, tzinfo=UTC),
    )
    with tenant_context(cast.harbor):
        turn = Turn(call=call, index=0, speaker="caller", started_ms=0, ended_ms=9)
        turn.text = WORDS.decode()
        return Turn.objects.bulk_create([turn])[0]


def column(turn: Turn) -> bytes:
    with unscoped(reason="test"), connection.cursor() as cursor:
        cursor.execute("SELECT text FROM calls_turn WHERE id = %s", [turn.pk])
        return bytes(cursor.fetchone()[0])


def test_what_was_said_is_noise_in_the_table_and_words_in_the_model(cast: Cast) -> None:
    turn = stored_turn(cast)
    assert b"4711" not in column(turn)
    with tenant_context(cast.harbor):
        assert Turn.objects.get().text == WORDS.decode()
    with unscoped(reason="test"):
        assert Turn.objects.get().text == WORDS.decode()


def test_an_update_is_sealed_as_well(cast: Cast) -> None:
    turn = stored_turn(cast)
    with tenant_context(cast.harbor):
        Turn.objects.update(text="[card number removed]")
        assert Turn.objects.get().text == "[card number removed]"
    assert b"card" not in column(turn)
    with unscoped(reason="test"), pytest.raises(SealBroken, match="inside its tenant's context"):
        Turn.objects.update(text="whose key?")


def test_a_save_across_tenants_is_sealed_for_the_rows_own(cast: Cast) -> None:
    turn = stored_turn(cast)
    with unscoped(reason="test"):
        turn.text = "for Harbor"
        turn.save()
    with tenant_context(cast.harbor):
        assert Turn.objects.get().text == "for Harbor"


@pytest.mark.parametrize("lookup", ["text", "text__icontains", "text__gt"])
def test_sealed_words_cannot_be_looked_up(cast: Cast, lookup: str) -> None:
    with tenant_context(cast.harbor), pytest.raises(TypeError, match="is sealed"):
        Turn.objects.filter(**{lookup: "gate"}).exists()


def test_a_whole_transcript_needs_its_key_once(cast: Cast, django_assert_num_queries: Any) -> None:
    turn = stored_turn(cast)
    with tenant_context(cast.harbor):
        Turn.objects.bulk_create(
            Turn(
                call_id=turn.call_id, index=n, speaker="caller", started_ms=0, ended_ms=9, text="x"
            )
            for n in range(1, 40)
        )
    # savepoint, scope, the turns, the key, scope given back, savepoint released
    with django_assert_num_queries(6), tenant_context(cast.harbor):
        assert len([one.text for one in Turn.objects.all()]) == 40
