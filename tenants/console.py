"""What all pages of the operators' console share. They run in `unscoped` (TenantMiddleware)."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

if TYPE_CHECKING:
    ConsoleAdmin = admin.ModelAdmin[Any]
    ConsoleInline = admin.TabularInline[Any, Any]
else:  # neither can be subscripted at run time
    ConsoleAdmin, ConsoleInline = admin.ModelAdmin, admin.TabularInline


class ReadOnly:
    """Mixed into a page or an inline: nothing can be added, changed or deleted there."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, ConsoleAdmin):
    """A list and a page to look at."""
