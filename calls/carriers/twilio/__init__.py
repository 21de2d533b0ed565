"""Twilio: webhooks answered with TwiML, audio over Media Streams."""
