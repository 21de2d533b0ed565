"""A profile version as plain JSON values: for the audit log, exports and comparisons."""

from dataclasses import asdict
from datetime import date, time
from typing import Any

from tenants.models import ReceptionistProfile
from voice.receptionist.rules import TenantRules


def as_settings(profile: ReceptionistProfile, rules: TenantRules) -> dict[str, Any]:
    """Everything a version says, as JSON keeps it: HH:MM, YYYY-MM-DD, sets sorted."""
    return {
        name: _plain(value)
        for name, value in {
            **asdict(rules),
            "version": profile.version,
            "speed": str(profile.speed),
            "forwarding_number": profile.forwarding_number,
        }.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value
