"""The WebSockets of calls."""

from django.urls import path

from calls.media.consumer import MediaStreamConsumer

websocket_urlpatterns = [
    path("media/twilio", MediaStreamConsumer.as_asgi(), name="media-twilio"),
]
