"""Two plumbers to try the product with: their rules, numbers and people."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User

from tenants.accounts.addresses import address_confirm
from tenants.context import tenant_context, unscoped
from tenants.models import PhoneNumber, Role, Tenant
from tenants.selectors import rules_for
from tenants.services import member_add, number_assign, profile_save, tenant_create
from voice.receptionist.rules import TenantRules, rules_from_fixture

FIXTURES = Path(__file__).parent / "fixtures"
OPERATOR = "operator@buddyhelps.example"


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A plumber of the demo; `people` maps log-ins to roles."""

    slug: str
    number: str
    forwarding_number: str
    people: Mapping[str, Role]

    @property
    def rules(self) -> TenantRules:
        """From tenants/fixtures/<slug>.json."""
        return rules_from_fixture(json.loads((FIXTURES / f"{self.slug}.json").read_text()))


DEMO_TENANTS = (
    DemoTenant(
        "harbor",
        "+13125550100",
        "+13125550110",
        {
            "alice@harbor.example": Role.OWNER,
            "bob@harbor.example": Role.TECHNICIAN,
        },
    ),
    DemoTenant(
        "summit",
        "+13125550200",
        "+13125550210",
        {"charlie@summit.example": Role.OWNER},
    ),
)


def seed(*, password: str) -> list[Tenant]:
    """Store what of the demo is missing or changed; everybody's password becomes `password`."""
    operator = _person(OPERATOR, password)
    if not operator.is_superuser:
        operator.is_staff = operator.is_superuser = True
        operator.save(update_fields=["is_staff", "is_superuser"])
    return [_seed_tenant(demo, password) for demo in DEMO_TENANTS]


def _seed_tenant(demo: DemoTenant, password: str) -> Tenant:
    rules = demo.rules
    with unscoped(reason="seed the demo"):
        tenant = Tenant.objects.filter(slug=demo.slug).first()
    if tenant is None:
        tenant = tenant_create(slug=demo.slug, name=rules.business_name, timezone=rules.timezone)
    with tenant_context(tenant):
        if not PhoneNumber.objects.filter(number=demo.number).exists():
            number_assign(tenant=tenant, number=demo.number, label="Main line")
        current = tenant.current_profile
        if current is None or rules_for(current) != rules:
            profile_save(tenant=tenant, rules=rules, forwarding_number=demo.forwarding_number)
        for email, role in demo.people.items():
            member_add(tenant=tenant, user=_person(email, password), role=role)
    return tenant


def _person(email: str, password: str) -> User:
    person, _ = User.objects.get_or_create(username=email, defaults={"email": email})
    if not person.check_password(password):
        person.set_password(password)
        person.save(update_fields=["password"])
    address_confirm(user=person)
    return person


def demo_password(file: Path, chosen: str) -> str:
    """`chosen` if given, else the one kept in `file`, else a new one."""
    if chosen:
        return chosen
    if file.exists():
        for line in file.read_text().splitlines():
            label, _, password = line.partition(": ")
            if label == "Password of all":
                return password
    return secrets.token_urlsafe(12)


def log_ins(password: str, address: str) -> str:
    """Who can log in where, a line each."""
    lines = [
        f"Password of all: {password}",
        f"{OPERATOR} operates the house: {address}/admin/ (asks for a second factor to be set up)",
    ]
    for demo in DEMO_TENANTS:
        name = demo.rules.business_name
        lines += [
            f"{email}, {role.label.lower()} of {name} ({demo.number}): {address}/"
            for email, role in demo.people.items()
        ]
    return "\n".join(lines) + "\n"
