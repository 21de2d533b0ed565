"""Who the plumber is, who may read for them, and what their receptionist may say."""

from tenants.models.audit import AuditEntry
from tenants.models.impersonation import Impersonation
from tenants.models.invitation import Invitation
from tenants.models.key import TenantKey
from tenants.models.profile import (
    ArrivalWindow,
    BlackoutDays,
    OpeningHours,
    ReceptionistProfile,
    Service,
)
from tenants.models.tenant import Membership, PhoneNumber, Role, Tenant, TenantStatus

__all__ = [
    "ArrivalWindow",
    "AuditEntry",
    "BlackoutDays",
    "Impersonation",
    "Invitation",
    "Membership",
    "OpeningHours",
    "PhoneNumber",
    "ReceptionistProfile",
    "Role",
    "Service",
    "Tenant",
    "TenantKey",
    "TenantStatus",
]
