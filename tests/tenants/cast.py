"""The standing cast: Alice owns Harbor, Bob is on her team, Charlie belongs to someone else.

They have confirmed their addresses, and Olga has an authenticator app, as operators must.
Any test may use them: `from tests.tenants.cast import cast` (or name the fixture; it is a plugin
of tests/conftest.py where that registers it). Olga operates the house.
"""

from dataclasses import dataclass
from datetime import time
from time import time as time_now

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import User
from django.test import Client

from tenants.accounts.addresses import address_confirm
from tenants.models import Membership, PhoneNumber, ReceptionistProfile, Role, Tenant
from tenants.services import member_add, number_assign, profile_save, tenant_create
from voice.receptionist.rules import ArrivalWindow, OpeningHours, ServiceRule, TenantRules

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HARBOR_RULES = TenantRules(
    business_name="Harbor Plumbing",
    timezone="America/Chicago",
    greeting="Harbor Plumbing, how can I help?",
    hours=(OpeningHours(0, time(8), time(17)), OpeningHours(5, time(9), time(13))),
    service_zips=frozenset({"60614", "60610"}),
    services=(
        ServiceRule("drain_clear", "Drain clearing", "from $189"),
        ServiceRule("gas_line", "Gas line", None, bookable=False, human_only=True),
    ),
    not_offered=("septic pumping",),
    diagnostic_fee="$89, waived if work is done",
    windows=(ArrivalWindow(time(8), time(10)), ArrivalWindow(time(10), time(12))),
    on_call=("+13125550111",),
    languages=("en", "es"),
)
SUMMIT_RULES = TenantRules(
    business_name="Summit Rooter",
    timezone="America/Denver",
    greeting="Summit Rooter, canary-of-charlie speaking.",
    service_zips=frozenset({"80202"}),
    services=(ServiceRule("drain_clear", "Drain clearing", "from $215"),),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Two businesses and everyone around them; the password of all is `correct horse`."""

    harbor: Tenant
    harbor_number: PhoneNumber
    harbor_profile: ReceptionistProfile
    alice: User
    bob: User
    bobs_place: Membership
    summit: Tenant
    summit_number: PhoneNumber
    summit_profile: ReceptionistProfile
    charlie: User
    olga: User


def person(name: str) -> User:
    """A user `name@example.com`."""
    email = f"{name}@example.com"
    user = User.objects.create_user(username=email, email=email, password="correct horse")
    address_confirm(user=user)
    return user


def operator(name: str) -> User:
    """The same, who operates the house; the key of their authenticator app is TOTP_SECRET."""
    user = person(name)
    user.is_staff = user.is_superuser = True
    user.save()
    TOTP.activate(user, TOTP_SECRET)
    return user


def logged_in(user: User) -> Client:
    """A browser in which `user` has just logged in, so that nothing is asked again."""
    client = Client()
    client.force_login(user)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time_now()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def gather() -> Cast:
    """Store the cast; needs the database."""
    alice, bob, charlie = person("alice"), person("bob"), person("charlie")
    olga = operator("olga")
    harbor = tenant_create(slug="harbor", name="Harbor Plumbing", timezone="America/Chicago")
    summit = tenant_create(slug="summit", name="Summit Rooter", timezone="America/Denver")
    member_add(tenant=harbor, user=alice, role=Role.OWNER)
    bobs_place = member_add(tenant=harbor, user=bob, role=Role.TECHNICIAN)
    member_add(tenant=summit, user=charlie, role=Role.OWNER)
    return Cast(
        harbor=harbor,
        harbor_number=number_assign(tenant=harbor, number="+13125550100"),
        harbor_profile=profile_save(
            tenant=harbor, rules=HARBOR_RULES, forwarding_number="+13125550110"
        ),
        alice=alice,
        bob=bob,
        bobs_place=bobs_place,
        summit=summit,
        summit_number=number_assign(tenant=summit, number="+13035550200"),
        summit_profile=profile_save(tenant=summit, rules=SUMMIT_RULES),
        charlie=charlie,
        olga=olga,
    )


@pytest.fixture
def cast(db: None) -> Cast:
    """Alice, Bob, Charlie and Olga with their businesses."""
    return gather()


@pytest.fixture
def committed_cast(transactional_db: None) -> Cast:
    """The same, committed, so that other threads and connections see it."""
    return gather()
