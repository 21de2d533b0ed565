"""The models and tables there are, and a way to ask Postgres itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from tenants.models import Tenant
from tenants.owned import TenantOwned


def all_models() -> list[type[models.Model]]:
    return list(apps.get_models(include_auto_created=True))


def owned_models() -> list[type[TenantOwned]]:
    return [model for model in all_models() if issubclass(model, TenantOwned)]


def tenants_models() -> list[type[models.Model]]:
    return [*owned_models(), Tenant]


@contextmanager
def checked_at_once() -> Iterator[None]:
    """Foreign keys are checked at the end of the block, as they would be at commit."""
    with transaction.atomic():
        yield
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


def rows(sql: str, *parameters: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
