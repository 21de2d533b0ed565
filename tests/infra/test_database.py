"""The database the tests run on is the real thing, under the role of production."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_connected_as_an_unprivileged_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("buddyhelps_app", False, False)


@pytest.mark.django_db
def test_server_is_postgres_18() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert cursor.fetchone()[0].startswith("18")
