"""The carriers that bring calls: each translates its own wire format to and from one vocabulary.

Adding a carrier means a package here with its webhooks and a `MediaCodec`; nothing else changes.
"""
