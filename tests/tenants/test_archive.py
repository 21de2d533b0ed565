"""A tenant is handed over whole, brought in elsewhere, or erased without a trace but the bill."""

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from billing.models import UsageEntry
from buddyhelps.tenant_archive import (
    LEFT_OUT,
    ArchiveRefused,
    archived_models,
    tenant_export,
    tenant_import,
)
from buddyhelps.tenant_erasure import KEPT, TenantStillOn, tenant_erase
from calls.models import Booking, Call, Lead, Recording, Turn
from calls.recordings import recording_open
from tenants.context import tenant_context, unscoped
from tenants.crypto import SealBroken
from tenants.models import (
    AuditEntry,
    Membership,
    PhoneNumber,
    ReceptionistProfile,
    Role,
    Tenant,
    TenantKey,
)
from tenants.selectors import rules_for, tenant_by_slug
from tenants.services import member_add, profile_save
from tests.tenants.cast import HARBOR_RULES, Cast
from tests.tenants.test_privacy import DANA, left_of, store_call


def another_installation() -> None:
    """The same database, with nothing in it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE tenants_tenant, auth_user CASCADE")


@pytest.fixture
def archive(cast: Cast, tmp_path: Path) -> Path:
    """Harbor with two versions, a call and a Summit call beside it that must not be in there."""
    profile_save(tenant=cast.harbor, rules=replace(HARBOR_RULES, diagnostic_fee="$99"))
    store_call(cast.harbor, sid="CA1", number=DANA, left=DANA)
    store_call(cast.summit, sid="CA2", number=DANA)
    tenant_export(tenant=cast.harbor, target=tmp_path / "harbor.zip", reason="asked")
    return tmp_path / "harbor.zip"


def test_an_archive_holds_all_that_is_the_tenants_and_nothing_else(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        text = b"".join(
            opened.read(name) for name in opened.namelist() if not name.endswith(".wav")
        ).decode()
        wavs = [opened.read(name)[:4] for name in opened.namelist() if name.endswith(".wav")]
    assert wavs == [b"RIFF"]
    for ours in ["from $189", "A leak.", DANA, "alice@example.com", "+13125550100", "$99"]:
        assert ours in text
    for theirs in ["canary-of-charlie", "charlie@example.com", "+13035550200", "CA2"]:
        assert theirs not in text


def test_every_model_is_taken_along_or_left_out_on_purpose() -> None:
    from django.apps import apps

    from tenants.owned import TenantOwned

    ours = {m._meta.label for m in apps.get_models() if issubclass(m, TenantOwned)}
    assert {model._meta.label for model in archived_models()} == ours - set(LEFT_OUT)
    assert set(LEFT_OUT) < ours
    assert set(KEPT) < ours


def test_brought_in_elsewhere_it_is_the_same_tenant(archive: Path, cast: Cast) -> None:
    with tenant_context(cast.harbor):
        call = Call.objects.get()
        recording = Recording.objects.get()
        wav = recording_open(recording)
        sound = wav.read(0, wav.size)
    another_installation()
    tenant, contents = tenant_import(source=archive, reason="moved")
    assert contents.recordings == 1
    assert (tenant.slug, tenant.timezone) == ("harbor", "America/Chicago")
    with tenant_context(tenant):
        versions = ReceptionistProfile.objects.order_by("version")
        assert [rules_for(one) for one in versions] == [
            HARBOR_RULES,
            replace(HARBOR_RULES, diagnostic_fee="$99"),
        ]
        assert tenant.current_profile == versions[1]
        assert PhoneNumber.objects.get().number == "+13125550100"
        moved = Call.objects.get()
        assert (moved.pk, moved.started_at, moved.profile) == (
            call.pk,
            call.started_at,
            versions[1],
        )
        assert Turn.objects.get().text == "A leak."
        assert Lead.objects.get().phone == DANA
        assert Booking.objects.get().call == moved
        assert UsageEntry.objects.get().billed_seconds == 30
        wav = recording_open(Recording.objects.get())
        assert wav.read(0, wav.size) == sound
        roles = {one.user.username: one.role for one in Membership.objects.select_related("user")}
        assert roles == {"alice@example.com": "owner", "bob@example.com": "technician"}
        assert AuditEntry.objects.filter(kind="import").count() == 1
    assert not User.objects.get(username="alice@example.com").has_usable_password()


def test_people_already_there_are_recognised(archive: Path) -> None:
    another_installation()
    alice = User.objects.create_user("alice", "Alice@example.com", "correct horse")
    tenant, _ = tenant_import(source=archive, reason="moved")
    with tenant_context(tenant):
        assert Membership.objects.get(role=Role.OWNER).user == alice


def test_a_second_import_is_refused_and_changes_nothing(archive: Path) -> None:
    with pytest.raises(ArchiveRefused, match="Slug already exists"):
        tenant_import(source=archive, reason="again")
    with pytest.raises(ArchiveRefused, match="number"):
        tenant_import(source=archive, slug="copy", reason="again")
    with unscoped(reason="test"):
        assert Tenant.objects.count() == 2


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda files: files.pop("manifest.json"), "manifest.json"),
        (lambda files: files.pop("rows/calls.Call.jsonl"), "calls.Call"),
        (lambda files: files.update({"manifest.json": b'{"format": 2}'}), "has format 2, not 1"),
        (lambda files: files.update({"rows/calls.Lead.jsonl": b"{"}), "cannot be brought in"),
    ],
)
def test_a_damaged_archive_is_refused_whole(
    archive: Path, settings: Any, damage: Any, complaint: str
) -> None:
    with zipfile.ZipFile(archive) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    damage(files)
    with zipfile.ZipFile(archive, "w") as written:
        for name, content in files.items():
            written.writestr(name, content)
    another_installation()
    with pytest.raises(ArchiveRefused, match=complaint):
        tenant_import(source=archive, reason="moved")
    with unscoped(reason="test"):
        assert Tenant.objects.count() == 0


def test_what_is_no_zip_is_refused(tmp_path: Path, db: None) -> None:
    (tmp_path / "x.zip").write_bytes(b"hello")
    with pytest.raises(ArchiveRefused, match="not a zip file"):
        tenant_import(source=tmp_path / "x.zip", reason="moved")


def test_an_erased_tenant_leaves_the_bill_and_the_log(cast: Cast) -> None:
    stored = store_call(cast.harbor, sid="CA1", number=DANA)
    store_call(cast.summit, sid="CA2", number=DANA)
    tenant_erase(tenant=cast.harbor, reason="closed")
    assert left_of(cast.harbor) == {
        "Call": 0,
        "Turn": 0,
        "Lead": 0,
        "Recording": 0,
        "Booking": 0,
        "Message": 0,
        "UsageEntry": 1,
    }
    assert left_of(cast.summit)["Call"] == 1
    assert not stored.sound.exists()
    with tenant_context(cast.harbor):
        (tenant,) = Tenant.objects.all()
        assert (tenant.status, tenant.slug) == ("erased", f"erased-{tenant.pk}")
        for model in [ReceptionistProfile, PhoneNumber, Membership, TenantKey]:
            assert model._default_manager.count() == 0
        assert AuditEntry.objects.filter(kind="erase").count() == 1
    assert set(User.objects.values_list("username", flat=True)) == {
        "charlie@example.com",
        "olga@example.com",
    }


def test_a_backup_of_an_erased_tenant_opens_no_more(cast: Cast, tmp_path: Path) -> None:
    stored = store_call(cast.harbor, sid="CA1", number=DANA)
    backup = stored.sound.read_bytes()
    tenant_erase(tenant=cast.harbor, reason="closed")
    stored.sound.parent.mkdir(parents=True)
    stored.sound.write_bytes(backup)
    path = str(stored.sound.relative_to(stored.sound.parents[1]))
    with tenant_context(cast.harbor), pytest.raises(SealBroken):
        recording_open(Recording(call_id=stored.call.pk, path=path))


def test_nobody_is_erased_during_a_call(cast: Cast) -> None:
    store_call(cast.harbor, sid="CA1", number=DANA, ends=False)
    with pytest.raises(TenantStillOn, match="a call to Harbor Plumbing is on"):
        tenant_erase(tenant=cast.harbor, reason="closed")
    assert tenant_by_slug("harbor").name == "Harbor Plumbing"


def test_who_is_on_another_team_keeps_the_account(cast: Cast) -> None:
    member_add(tenant=cast.summit, user=cast.alice, role=Role.MANAGER)
    tenant_erase(tenant=cast.harbor, reason="closed")
    assert User.objects.filter(username="alice@example.com").exists()
    assert not User.objects.filter(username="bob@example.com").exists()


def test_commands(cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store_call(cast.harbor, sid="CA1", number=DANA)
    out = tmp_path / "harbor.zip"
    call_command("tenant_export", tenant="harbor", out=out)
    with pytest.raises(CommandError, match="exists"):
        call_command("tenant_export", tenant="harbor", out=out)
    with pytest.raises(CommandError, match="no tenant 'x'"):
        call_command("tenant_export", tenant="x", out=out)
    call_command("tenant_erase", tenant="harbor", yes=True)
    assert "Harbor Plumbing is erased" in capsys.readouterr().out
    another_installation()
    call_command("tenant_import", out)
    assert "Harbor Plumbing (harbor) is here with" in capsys.readouterr().out
    with pytest.raises(CommandError, match="cannot be brought in"):
        call_command("tenant_import", out)


def test_who_does_not_type_the_slug_erases_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: "yes")
    with pytest.raises(CommandError, match="nothing was erased"):
        call_command("tenant_erase", tenant="harbor")
    assert tenant_by_slug("harbor").status == "active"
