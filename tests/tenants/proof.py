"""Tries everybody against everybody's objects on every route, and says what leaked."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tenants.context import unscoped
from tenants.models import AuditEntry, Tenant
from tenants.owned import TenantOwned
from tests.tenants.cast import logged_in

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SHUT = frozenset({302, 403, 404, 405})


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the URLconf: its address with `<converter:name>` in it, and its view."""

    address: str
    name: str
    view: Callable[..., Any]

    @property
    def is_guarded(self) -> bool:
        """Behind `tenant_required`."""
        return hasattr(self.view, "tenant_permission")

    @property
    def parameters(self) -> frozenset[str]:
        return frozenset(
            part.partition(">")[0].rpartition(":")[2] for part in self.address.split("<")[1:]
        )

    def filled(self, values: Mapping[str, object]) -> str:
        """The address of one object."""
        address = self.address
        for part in self.address.split("<")[1:]:
            slot = part.partition(">")[0]
            address = address.replace(f"<{slot}>", str(values[slot.rpartition(":")[2]]))
        return f"/{address}"


@dataclass(frozen=True, slots=True)
class Looking:
    """An operator who looks at a tenant's pages."""

    operator: User
    tenant: Tenant


Person = User | Looking | None
"""Who asks; None: nobody is logged in."""


@dataclass(frozen=True, slots=True)
class World:
    """What is tried: who owns `objects` (route name → its parameters), and who must not get in."""

    owner: User
    tenant: Tenant
    outsiders: Mapping[str, Person]
    objects: Mapping[str, Mapping[str, object]]
    canaries: tuple[bytes, ...]
    public: Mapping[str, str]


def routes(urlconf: str | None = None) -> Iterator[Route]:
    """Every route, however deep."""
    yield from _routes(get_resolver(urlconf).url_patterns, "")


def _routes(patterns: list[Any], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield Route(prefix + str(pattern.pattern), pattern.name or "", pattern.callback)


def leaks(world: World, urlconf: str | None = None, *, below: str = "") -> list[str]:
    """A sentence for each hole in the routes `below` an address; empty: there is none."""
    found: list[str] = []
    for route in routes(urlconf):
        if not route.address.startswith(below):
            continue
        if any(route.address.startswith(start) for start in world.public):
            continue
        if not route.is_guarded:
            found.append(f"/{route.address} is neither behind tenant_required nor known as public")
        if route.parameters and route.name not in world.objects:
            found.append(f"/{route.address} has no object to be tried with")
            continue
        found += _tried(world, route, route.filled(world.objects.get(route.name, {})))
    return found


def _tried(world: World, route: Route, address: str) -> Iterator[str]:
    inside = _client(world.owner).get(address)
    if inside.status_code not in (200, 405):
        yield f"{address} answers {inside.status_code} to its owner, so nothing is proved"
    for name, outsider in world.outsiders.items():
        for method in METHODS:
            before = fingerprint(world.tenant)
            answer = _client(outsider).generic(method, address)
            must_be_shut = outsider is None or route.parameters
            if answer.status_code >= 500 or (must_be_shut and answer.status_code not in SHUT):
                yield f"{method} {address} answers {answer.status_code} to {name}"
            if any(canary in answer.content for canary in world.canaries):
                yield f"{method} {address} shows {name} what is {world.tenant}'s"
            if fingerprint(world.tenant) != before:
                yield f"{method} {address} lets {name} change what is {world.tenant}'s"


def _client(person: Person) -> Client:
    user = person.operator if isinstance(person, Looking) else person
    client = Client() if user is None else logged_in(user)
    client.raise_request_exception = False
    if isinstance(person, Looking):
        client.post(f"/admin/tenants/tenant/{person.tenant.pk}/look/", {"reason": "the proof"})
    return client


def changes_while_looking(world: World, look: Looking, urlconf: str | None = None) -> list[str]:
    """A sentence for each thing of the tenant's that an operator who looks could change.

    Reading may add to the audit log, and to nothing else; every other method is refused.
    """
    found: list[str] = []
    client = _client(look)
    for route in routes(urlconf):
        ends = ("impersonation-end", "account_logout")
        if route.name in ends or route.address.startswith("admin/"):
            continue
        if route.parameters and route.name not in world.objects:
            continue
        address = route.filled(world.objects.get(route.name, {}))
        for method in METHODS:
            before = fingerprint(world.tenant, but=(AuditEntry,))
            answer = client.generic(method, address)
            if method not in ("GET", "HEAD") and answer.status_code != 403:
                found.append(f"{method} {address} answers {answer.status_code} to who looks")
            if answer.status_code >= 500:
                found.append(f"{method} {address} breaks for who looks")
            if fingerprint(world.tenant, but=(AuditEntry,)) != before:
                found.append(f"{method} {address} lets who looks change {world.tenant}'s")
    return found


def fingerprint(tenant: Tenant, *, but: tuple[type[TenantOwned], ...] = ()) -> str:
    """Changes with any row of the tenant's, `but` these."""
    digest = hashlib.sha256()
    with unscoped(reason="compare before and after"), connection.cursor() as cursor:
        for model in apps.get_models():
            if issubclass(model, TenantOwned) and model not in but:
                table = model._meta.db_table
                cursor.execute(
                    f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t"  # noqa: S608
                    " WHERE tenant_id = %s",
                    [tenant.pk],
                )
                digest.update(f"{table} {cursor.fetchone()[0]}".encode())
        cursor.execute("SELECT t::text FROM tenants_tenant t WHERE id = %s", [tenant.pk])
        digest.update(cursor.fetchone()[0].encode())
    return digest.hexdigest()
