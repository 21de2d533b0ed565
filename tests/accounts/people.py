"""People at their browsers, as these tests need them."""

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from tests.tenants.cast import TOTP_SECRET

PASSWORD = "correct horse"
NEW_PASSWORD = "battery staple 42"


def code(secret: str = TOTP_SECRET, *, steps: int = 0) -> str:
    """What the authenticator app shows now, or `steps` of 30 s later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def at_the_door(
    name: str, password: str = PASSWORD, client: Client | None = None, **form: str
) -> Client:
    """`name` has sent the log-in form; whether they got in is another question."""
    client = client or Client()
    client.post("/login/", {"login": f"{name}@example.com", "password": password, **form})
    return client


def is_in(client: Client) -> bool:
    """Whether the browser is somebody's."""
    return "_auth_user_id" in client.session


def set_up_app(client: Client) -> str:
    """Turn an authenticator app on in a browser that just logged in; its key."""
    page = client.get("/account/security/totp/activate/").content.decode()
    found = re.search(r'id="totp-secret">(\w+)<', page)
    assert found is not None
    secret = found.group(1)
    answer = client.post("/account/security/totp/activate/", {"code": code(secret)})
    assert answer.status_code == 302
    return secret
