"""Accounts' routes."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from tenants import views

urlpatterns = [
    path("login/", views.LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("team/switch/", views.switch_tenant, name="tenant-switch"),
]
