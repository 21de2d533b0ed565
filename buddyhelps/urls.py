"""Every route. Each app keeps its own in its urls.py; the project adds the admin."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("tenants.urls")),
    path("", include("calls.urls")),
]
