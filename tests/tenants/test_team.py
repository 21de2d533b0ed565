"""Who comes onto a team, changes place and leaves it, and who may not."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.test import Client

from tenants.context import tenant_context, unscoped
from tenants.models import AuditEntry, Invitation, Membership, Role, Tenant
from tenants.team import (
    TeamRefused,
    account_create,
    invitation_accept,
    invitation_create,
    invitation_find,
    member_remove,
    member_set_role,
)
from tests.tenants.cast import Cast, logged_in, person

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PASSWORD = "battery staple 42"


def invite(cast: Cast, email: str = "eve@example.com", role: Role = Role.MANAGER) -> str:
    _, token = invitation_create(
        tenant=cast.harbor, email=email, role=role, invited_by=cast.alice, now=NOW
    )
    return token


def roles(tenant: Tenant) -> dict[str, str]:
    with tenant_context(tenant):
        found = Membership.objects.select_related("user")
        return {one.user.username.partition("@")[0]: one.role for one in found}


def as_(user: User) -> Client:
    return logged_in(user)


def test_an_invitation_is_accepted_once(cast: Cast) -> None:
    token = invite(cast, " Eve@Example.com ")
    eve = person("eve")
    invitation_accept(token=token, user=eve, now=NOW)
    assert roles(cast.harbor) == {"alice": "owner", "bob": "technician", "eve": "manager"}
    with pytest.raises(TeamRefused, match="no longer open"):
        invitation_accept(token=token, user=eve, now=NOW)


def test_nobody_else_can_accept_it(cast: Cast) -> None:
    token = invite(cast)
    with pytest.raises(TeamRefused, match=r"is for eve@example\.com"):
        invitation_accept(token=token, user=cast.charlie, now=NOW)
    assert "charlie" not in roles(cast.harbor)


@pytest.mark.parametrize("token", ["", "x", "0" * 43])
def test_a_guessed_token_finds_nothing(cast: Cast, token: str) -> None:
    invite(cast)
    assert invitation_find(token=token, now=NOW) is None


def test_it_is_open_for_seven_days(cast: Cast) -> None:
    token = invite(cast)
    just_before = NOW + timedelta(days=7) - timedelta(seconds=1)
    assert invitation_find(token=token, now=just_before) is not None
    assert invitation_find(token=token, now=NOW + timedelta(days=7)) is None


def test_a_second_invitation_replaces_the_first(cast: Cast) -> None:
    first, second = invite(cast), invite(cast, role=Role.OWNER)
    assert invitation_find(token=first, now=NOW) is None
    found = invitation_find(token=second, now=NOW)
    assert found is not None
    assert found.role == "owner"


def test_the_database_keeps_no_token(cast: Cast) -> None:
    token = invite(cast)
    with unscoped(reason="test"):
        assert token not in str(Invitation.objects.values().get())


def test_members_are_not_invited_again(cast: Cast) -> None:
    with pytest.raises(TeamRefused, match="is on the team already"):
        invite(cast, "BOB@example.com")


def test_what_is_no_address_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        invite(cast, "not an address")


def test_a_new_person_chooses_a_password_that_is_not_weak(cast: Cast) -> None:
    invitation = invitation_find(token=invite(cast), now=NOW)
    assert invitation is not None
    with pytest.raises(ValidationError, match="too common"):
        account_create(invitation=invitation, password="password")
    assert account_create(invitation=invitation, password=PASSWORD).email == "eve@example.com"
    with pytest.raises(TeamRefused, match="has an account already"):
        account_create(invitation=invitation, password=PASSWORD)


def test_the_last_owner_can_neither_go_nor_step_down(cast: Cast) -> None:
    with tenant_context(cast.harbor):
        alices = Membership.objects.get(user=cast.alice)
    with pytest.raises(TeamRefused, match="a team needs an owner"):
        member_remove(tenant=cast.harbor, membership=alices)
    with pytest.raises(TeamRefused, match="a team needs an owner"):
        member_set_role(tenant=cast.harbor, membership=alices, role=Role.MANAGER)
    member_set_role(tenant=cast.harbor, membership=cast.bobs_place, role=Role.OWNER)
    member_remove(tenant=cast.harbor, membership=alices)
    assert roles(cast.harbor) == {"bob": "owner"}


def test_from_the_page_by_mail_to_the_first_log_in(
    cast: Cast,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        page = as_(cast.alice).post(
            "/team/", {"email": "Eve@example.com", "role": "technician"}, follow=True
        )
    assert b"eve@example.com gets an invitation by e-mail." in page.content
    assert b"/team/join/" not in page.content
    (mail,) = mailoutbox
    assert mail.to == ["eve@example.com"]
    assert mail.subject == "Join Harbor Plumbing on BuddyHelps"
    link = re.search(r"http://127\.0\.0\.1:\d+(/team/join/\S+)", str(mail.body))
    assert link is not None
    eve = Client()
    assert b"Join Harbor Plumbing" in eve.get(link.group(1)).content
    assert b"too common" in eve.post(link.group(1), {"password": "password"}).content
    assert eve.post(link.group(1), {"password": PASSWORD}).status_code == 302
    assert roles(cast.harbor)["eve"] == "technician"
    assert eve.get("/").status_code == 200
    assert Client().get(link.group(1)).status_code == 404
    assert EmailAddress.objects.get(email="eve@example.com").verified is True


def test_another_logged_in_person_is_told_so(cast: Cast) -> None:
    token = invite(cast)
    with unscoped(reason="test"):
        Invitation.objects.update(expires_at=datetime.now(UTC) + timedelta(days=1))
    page = as_(cast.charlie).post(f"/team/join/{token}/")
    assert b"this invitation is for eve@example.com" in page.content
    assert roles(cast.harbor) == {"alice": "owner", "bob": "technician"}


def test_the_page_changes_and_removes_members(cast: Cast) -> None:
    client = as_(cast.alice)
    address = f"/team/members/{cast.bobs_place.pk}/"
    client.post(address, {"role": "manager"})
    assert roles(cast.harbor)["bob"] == "manager"
    client.post(address, {"role": "emperor"})
    assert roles(cast.harbor)["bob"] == "manager"
    assert (
        b"bob@example.com is off the team."
        in client.post(address, {"remove": "1"}, follow=True).content
    )
    assert roles(cast.harbor) == {"alice": "owner"}


def test_an_invitation_is_withdrawn_on_the_page(cast: Cast) -> None:
    client = as_(cast.alice)
    client.post("/team/", {"email": "eve@example.com", "role": "technician"})
    with tenant_context(cast.harbor):
        invitation = Invitation.objects.get()
    client.post(f"/team/invitations/{invitation.pk}/")
    with tenant_context(cast.harbor):
        assert Invitation.objects.count() == 0


@pytest.mark.parametrize("address", ["/team/", "/team/activity/"])
def test_only_owners_see_team_and_activity(cast: Cast, address: str) -> None:
    member_set_role(tenant=cast.harbor, membership=cast.bobs_place, role=Role.MANAGER)
    assert as_(cast.bob).get(address).status_code == 403
    assert as_(cast.alice).get(address).status_code == 200


def test_the_activity_page_tells_who_did_what(cast: Cast) -> None:
    client = as_(cast.alice)
    client.post(f"/team/members/{cast.bobs_place.pk}/", {"role": "manager"})
    page = client.get("/team/activity/").content.decode()
    assert "Changed the team: bob@example.com" in page
    with tenant_context(cast.harbor):
        entry = AuditEntry.objects.filter(kind="member").first()
    assert entry is not None
    assert (entry.actor_name, entry.before, entry.after) == (
        "alice@example.com",
        {"role": "technician"},
        {"role": "manager"},
    )


def test_who_is_on_two_teams_gets_a_switcher(cast: Cast) -> None:
    assert b"Switch" not in as_(cast.alice).get("/").content
    token = invite(cast, "charlie@example.com")
    invitation_accept(token=token, user=cast.charlie, now=NOW)
    assert b"Switch" in as_(cast.charlie).get("/").content
