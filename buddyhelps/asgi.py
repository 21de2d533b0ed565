"""The ASGI application: pages and webhooks to Django, media and live pages to Channels.

Its lifespan is the voice worker's: nothing is served before it is warm.
"""

import os
from typing import cast

from asgiref.typing import ASGI3Application
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buddyhelps.settings")
_django = get_asgi_application()  # loads the apps, which the imports below need

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from buddyhelps.body_limit import BodyLimit  # noqa: E402
from buddyhelps.health import Probes  # noqa: E402
from buddyhelps.lifespan import Lifespan  # noqa: E402
from buddyhelps.static_files import StaticFiles  # noqa: E402
from calls.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {
        "lifespan": Lifespan(),
        "http": Probes(BodyLimit(StaticFiles(cast(ASGI3Application, _django)))),
        "websocket": URLRouter(websocket_urlpatterns),
    }
)
