"""Every route. Each app keeps its own in its urls.py; the project adds the admin."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    *[
        path("", include(f"{app}.urls"))
        for app in ("tenants", "calls", "billing")
        if find_spec(f"{app}.urls")
    ],
]
