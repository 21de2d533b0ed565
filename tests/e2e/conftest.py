"""Two demo plumbers, committed, and a real server on them."""

import io

import pytest
from django.core.management import call_command


@pytest.fixture
def seeded(transactional_db: None) -> None:
    """Harbor Plumbing and Summit Rooter as `seed_demo` makes them."""
    call_command("seed_demo", stdout=io.StringIO())
