"""Accounts' and teams' routes."""

from django.urls import include, path

from tenants import impersonation_views, team_views, views

urlpatterns = [
    path("", include("tenants.accounts.urls")),
    path("team/", team_views.team_page, name="team"),
    path("team/activity/", team_views.activity, name="activity"),
    path("team/second-factor/", team_views.second_factor_rule, name="team-second-factor"),
    path("team/members/<int:pk>/", team_views.member_change, name="team-member"),
    path("team/invitations/<int:pk>/", team_views.invitation_withdraw, name="team-invitation"),
    path("team/join/<str:token>/", team_views.join, name="team-join"),
    path("impersonation/end/", impersonation_views.end, name="impersonation-end"),
    path("team/switch/", views.switch_tenant, name="tenant-switch"),
]
