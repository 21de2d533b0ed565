"""The routes of calls: what carriers ask, what plumbers read and hear."""

from django.urls import path

from calls import booking_pages, pages, question_pages, views
from calls.carriers.twilio import handover
from calls.carriers.twilio import views as twilio

urlpatterns = [
    path("", pages.call_list, name="call-list"),
    path("calls/<uuid:pk>/", pages.call_detail, name="call-detail"),
    path("calls/<uuid:pk>/recording.wav", views.recording_audio, name="recording-audio"),
    path("bookings/", booking_pages.booking_list, name="booking-list"),
    path("bookings/<int:pk>/cancel/", booking_pages.booking_cancel, name="booking-cancel"),
    path("bookings/calendar/", booking_pages.calendar_settings, name="calendar-settings"),
    path("calendar/<slug:token>.ics", booking_pages.calendar_feed, name="calendar-feed"),
    path("questions/", question_pages.question_list, name="question-list"),
    path("questions/<int:pk>/answer/", question_pages.question_answer, name="question-answer"),
    path("questions/<int:pk>/dismiss/", question_pages.question_dismiss, name="question-dismiss"),
    path("calls/<uuid:pk>/access-codes/", pages.access_codes, name="access-codes"),
    path("carriers/hold.wav", twilio.hold_audio, name="hold-audio"),
    path("carriers/twilio/voice", twilio.voice, name="twilio-voice"),
    path("carriers/twilio/after-stream", twilio.after_stream, name="twilio-after-stream"),
    path("carriers/twilio/status", twilio.status, name="twilio-status"),
    path("carriers/twilio/forwarded", handover.forwarded, name="twilio-forwarded"),
    path("carriers/twilio/transfer", handover.transfer, name="twilio-transfer"),
    path("carriers/twilio/whisper", handover.whisper, name="twilio-whisper"),
    path("carriers/twilio/accepted", handover.accepted, name="twilio-accepted"),
    path("carriers/twilio/voicemail", handover.voicemail, name="twilio-voicemail"),
]
