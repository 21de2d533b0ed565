"""Accounts' routes."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from tenants import impersonation_views, team_views, views

urlpatterns = [
    path("login/", views.LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", views.ChangePassword.as_view(), name="password"),
    path("team/", team_views.team_page, name="team"),
    path("team/activity/", team_views.activity, name="activity"),
    path("team/members/<int:pk>/", team_views.member_change, name="team-member"),
    path("team/invitations/<int:pk>/", team_views.invitation_withdraw, name="team-invitation"),
    path("team/join/<str:token>/", team_views.join, name="team-join"),
    path("impersonation/end/", impersonation_views.end, name="impersonation-end"),
    path("team/switch/", views.switch_tenant, name="tenant-switch"),
]
