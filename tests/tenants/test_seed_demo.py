"""manage.py seed_demo: two plumbers, whatever was there before."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from tenants.context import tenant_context, unscoped
from tenants.models import AuditEntry, Membership, PhoneNumber, ReceptionistProfile, Tenant
from tenants.selectors import rules_for, tenant_by_slug, tenant_for_number
from tenants.services import profile_save
from voice.receptionist.rules import rules_from_fixture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var_dir(tmp_path: Path, settings: object) -> Path:
    settings.VAR_DIR = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def stored() -> tuple[int, ...]:
    with unscoped(reason="test"):
        models = (Tenant, PhoneNumber, ReceptionistProfile, Membership, User)
        return tuple(model._default_manager.count() for model in models)


def test_seeding_twice_stores_everything_once() -> None:
    call_command("seed_demo")
    assert stored() == (2, 2, 2, 3, 4)
    call_command("seed_demo")
    assert stored() == (2, 2, 2, 3, 4)


def test_harbor_goes_by_the_fixture() -> None:
    call_command("seed_demo")
    found = tenant_for_number("+13125550100")
    assert found is not None
    profile = found[0].current_profile
    assert profile is not None
    with tenant_context(found[0]):
        rules = rules_for(profile)
    assert rules.business_name == "Harbor Plumbing"
    assert rules.emergency_fee == "$149 after hours"
    assert [(one.code, one.price_text) for one in rules.services][:3] == [
        ("drain_clear", "from $189"),
        ("water_heater_repair", None),
        ("water_heater_install", "free estimate"),
    ]
    assert len(rules.hours) == 6
    assert profile.forwarding_number == "+13125550110"


def test_a_changed_profile_goes_back_to_the_fixture_as_a_new_version() -> None:
    call_command("seed_demo")
    tenant = tenant_by_slug("summit")
    profile_save(tenant=tenant, rules=rules_from_fixture({"business": "x"}))
    call_command("seed_demo")
    current = tenant_by_slug("summit").current_profile
    assert current is not None
    assert (current.version, current.diagnostic_fee) == (3, "$65, credited toward the repair")


@pytest.mark.usefixtures("redis_url")
def test_printed_log_ins_work_and_stay_the_same(var_dir: Path, client: Client) -> None:
    call_command("seed_demo")
    printed = (var_dir / "demo-logins.txt").read_text()
    password = printed.splitlines()[0].removeprefix("Password of all: ")
    for email, first_page in [
        ("alice@harbor.example", "/"),
        ("operator@buddyhelps.example", "/account/security/"),  # first, a second factor
    ]:
        answer = client.post("/login/", {"login": email, "password": password}, follow=True)
        assert (answer.status_code, answer.request["PATH_INFO"]) == (200, first_page)
        client.post("/logout/")
    call_command("seed_demo")
    assert (var_dir / "demo-logins.txt").read_text() == printed
    assert (var_dir / "demo-logins.txt").stat().st_mode & 0o777 == 0o600


def test_a_password_from_the_environment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("seed_demo")
    monkeypatch.setenv("DEMO_PASSWORD", "tenants-demo-2")
    call_command("seed_demo")
    assert User.objects.get(username="bob@harbor.example").check_password("tenants-demo-2")


def test_production_is_never_seeded(settings: object) -> None:
    settings.PRODUCTION = True  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="does not run in production"):
        call_command("seed_demo")
    assert stored() == (0, 0, 0, 0, 0)


def test_an_unknown_slug_is_answered_with_those_there_are() -> None:
    call_command("seed_demo")
    with pytest.raises(Tenant.DoesNotExist, match="no tenant 'x'; there are: harbor, summit"):
        tenant_by_slug("x")


def test_seeding_is_audited() -> None:
    call_command("seed_demo")
    with tenant_context(tenant_by_slug("harbor")):
        kinds = sorted(AuditEntry.objects.values_list("kind", flat=True))
    assert kinds == ["member", "member", "number", "profile", "tenant"]
