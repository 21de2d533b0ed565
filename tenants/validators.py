"""What a field of ours may hold; each error names the value and what to write instead."""

from zoneinfo import available_timezones

import phonenumbers
from django.core.exceptions import ValidationError


def validate_e164(value: str) -> None:
    """Accept `+13125550100` only: international format of a number that can exist."""
    try:
        parsed = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException as error:
        raise ValidationError(
            f"{value!r} is not a phone number; write it as +13125550100", code="e164"
        ) from error
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if written != value or not phonenumbers.is_possible_number(parsed):
        raise ValidationError(
            f"{value!r} is not in international format; write it as +13125550100", code="e164"
        )


def validate_timezone(value: str) -> None:
    """Accept a name of the IANA database, such as America/Chicago."""
    if value not in available_timezones():
        raise ValidationError(
            f"{value!r} is no time zone; write one like America/Chicago", code="timezone"
        )


def validate_faq(value: object) -> None:
    """Accept a list of {"question": text, "answer": text}, both non-empty."""
    entries = value if isinstance(value, list) else [None]
    for entry in entries:
        if not (
            isinstance(entry, dict)
            and set(entry) == {"question", "answer"}
            and all(isinstance(text, str) and text.strip() for text in entry.values())
        ):
            raise ValidationError(
                f'{entry!r} is no FAQ entry; write {{"question": "…", "answer": "…"}}', code="faq"
            )
