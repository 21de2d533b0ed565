"""The base of every model whose rows belong to one tenant."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self, TypeVar

from django.db import models

from tenants.context import TenantConflict, active_scope, active_tenant_id, require_scope

M = TypeVar("M", bound=models.Model)


class TenantQuerySet(models.QuerySet[M]):
    """Runs inside tenant_context or unscoped only, else raises TenantNotActive.

    It may be built anywhere (a form's field is built at import); what counts is where it runs.
    Django asks for `db` in every path to the database, so that is where the check is; `_insert`,
    `_raw_delete` and `raw` are the three that are handed their alias instead.
    """

    @property
    def db(self) -> str:
        require_scope(self.model._meta.label)
        return str(super().db)

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """As in Django; raises TenantConflict for an object of another tenant."""
        objects = list(objs)
        for one in objects:
            refuse_foreign(one)
        return super().bulk_create(objects, *args, **kwargs)

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        """As in Django; the scope has to be open already when it is built."""
        require_scope(self.model._meta.label)
        return super().raw(*args, **kwargs)

    def _insert(self, *args: Any, **kwargs: Any) -> Any:
        require_scope(self.model._meta.label)
        return super()._insert(*args, **kwargs)  # type: ignore[misc]

    def _raw_delete(self, using: str | None) -> int:
        require_scope(self.model._meta.label)
        return super()._raw_delete(using)


class TenantManager(models.Manager[M]):
    """Narrows to the active tenant's rows, as row level security does once more."""

    owner_column: ClassVar[str] = "tenant_id"

    def get_queryset(self) -> TenantQuerySet[M]:
        """The active tenant's rows, everybody's in `unscoped`; fails when run outside both."""
        found = TenantQuerySet[M](model=self.model, using=self._db, hints=self._hints)  # type: ignore[attr-defined]
        scope = active_scope()
        if scope is None or scope.tenant_id is None:
            return found
        return found.filter(**{self.owner_column: scope.tenant_id})


def refuse_foreign(row: models.Model, column: str = "tenant_id") -> None:
    """Raise TenantConflict if `row` belongs to another tenant than the active one."""
    scope = require_scope(row._meta.label)
    owner = getattr(row, column)
    if scope.tenant_id is not None and owner != scope.tenant_id:
        raise TenantConflict(
            f"this {row._meta.verbose_name} belongs to tenant {owner}, "
            f"the work to tenant {scope.tenant_id}"
        )


class TenantOwned(models.Model):
    """A row of one tenant: created for the active one, out of reach for every other.

    Each subclass's first migration also runs EnableRowLevelSecurity on its table, and SameTenant
    for each foreign key to another tenant-owned table (tenants/rls.py).
    """

    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.PROTECT,
        default=active_tenant_id,
        related_name="+",
        editable=True,
    )

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it. Raises TenantNotActive or TenantConflict."""
        refuse_foreign(self)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete it. Raises TenantNotActive or TenantConflict."""
        refuse_foreign(self)
        return super().delete(*args, **kwargs)
