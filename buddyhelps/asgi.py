"""The ASGI application: HTTP to Django, WebSockets to Channels."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buddyhelps.settings")

application = ProtocolTypeRouter({"http": get_asgi_application()})
