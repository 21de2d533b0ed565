#!/usr/bin/env python
"""Every administrative command of the project: manage.py help."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command named on the command line; say what is missing if Django is not there."""
    words = sys.argv[1:]
    if words[:1] == ["chat"] and any(word.startswith("--fixture") for word in words):
        from voice.receptionist.chat import main as chat  # needs no Django, which takes 2 s to load

        sys.exit(chat(words[1:]))
    if words[:1] == ["evaluate"] and not any(word.startswith("--a") for word in words):
        from voice.receptionist.evaluation.command import main as evaluate  # nor does this by text

        sys.exit(evaluate(words[1:]))
    if words[:1] == ["chat"] and "DJANGO_SETTINGS_MODULE" not in os.environ:
        os.environ["DJANGO_SETTINGS_MODULE"] = "buddyhelps.text_settings"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buddyhelps.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        here = Path(__file__).resolve().parent
        sys.exit(f"Django is not installed here; run: make setup, then {here}/.venv/bin/python")
    from buddyhelps.embedded import EmbeddedError

    try:
        execute_from_command_line(sys.argv)
    except EmbeddedError as error:  # it says what is wrong; a traceback would hide it
        sys.exit(f"manage.py: {error}")


if __name__ == "__main__":
    main()
