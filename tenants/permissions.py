"""The one table that says what each role may do."""

from collections.abc import Mapping
from enum import StrEnum

from tenants.models import Role


class Permission(StrEnum):
    """One thing a member may be allowed to do in their tenant."""

    READ_CALLS = "read_calls"
    PLAY_RECORDINGS = "play_recordings"
    READ_ACCESS_CODES = "read_access_codes"
    WORK_LEADS = "work_leads"
    EDIT_RECEPTIONIST = "edit_receptionist"
    MANAGE_NUMBERS = "manage_numbers"
    MANAGE_CALENDAR = "manage_calendar"
    MANAGE_TEAM = "manage_team"
    READ_AUDIT = "read_audit"
    EXPORT = "export"
    ERASE = "erase"
    MANAGE_BILLING = "manage_billing"


TECHNICIAN = frozenset({Permission.READ_CALLS, Permission.PLAY_RECORDINGS, Permission.WORK_LEADS})
MANAGER = TECHNICIAN | {
    Permission.READ_ACCESS_CODES,
    Permission.EDIT_RECEPTIONIST,
    Permission.MANAGE_NUMBERS,
    Permission.MANAGE_CALENDAR,
}
OWNER = frozenset(Permission)

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.TECHNICIAN: TECHNICIAN,
    Role.MANAGER: MANAGER,
    Role.OWNER: OWNER,
}


def may(role: str, permission: Permission) -> bool:
    """Whether a member with `role` may do it."""
    return permission in PERMISSIONS[Role(role)]


OPERATOR = OWNER - {Permission.READ_ACCESS_CODES, Permission.EXPORT, Permission.ERASE}
"""What an operator who looks at a tenant's pages may open, to read only (tenants/impersonation.py).

Recordings are among it: what was misheard cannot be told from the words. Each one played is in the
owner's log."""
