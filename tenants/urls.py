"""Accounts' routes."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from tenants import views

urlpatterns = [
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("team/switch/", views.switch_tenant, name="tenant-switch"),
]
