"""A text column that is noise to whoever reads the table without the tenant's key."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

from tenants.context import active_tenant_id
from tenants.crypto import SealBroken, seal, unseal

if TYPE_CHECKING:
    _Base = models.Field[str, str]
else:
    _Base = models.Field


class _Sealed(bytes):
    """Bytes that are sealed already."""


class SealedTextField(_Base):
    """Text sealed with the key of the row's tenant; it cannot be searched or sorted by."""

    def get_internal_type(self) -> str:
        """Stored as bytes."""
        return "BinaryField"

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Seal for the tenant of the row, whoever is active."""
        text = getattr(model_instance, self.attname)
        return None if text is None else self._seal(text, model_instance.tenant_id)  # type: ignore[attr-defined]

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """What `update()` is given is sealed for the active tenant."""
        if isinstance(value, str):
            tenant_id = active_tenant_id()
            if tenant_id is None:
                raise SealBroken(f"{self} can only be updated inside its tenant's context")
            value = self._seal(value, tenant_id)
        return value

    def get_lookup(self, lookup_name: str) -> Any:
        """Only `isnull`: everything else would compare noise."""
        if lookup_name != "isnull":
            raise TypeError(f"{self} is sealed, so rows cannot be looked up by it")
        return super().get_lookup(lookup_name)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        """Open it. Raises SealBroken."""
        if value is None:
            return None
        return unseal(bytes(value), purpose=self._purpose).decode()

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        """A text box."""
        return super().formfield(
            *args, **{"form_class": forms.CharField, "widget": forms.Textarea, **kwargs}
        )

    def _seal(self, text: str, tenant_id: int) -> _Sealed:
        return _Sealed(seal(text.encode(), tenant_id=tenant_id, purpose=self._purpose))

    @property
    def _purpose(self) -> str:
        return f"{self.model._meta.label_lower}.{self.attname}"
