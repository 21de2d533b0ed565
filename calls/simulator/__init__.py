"""The other end of the line: a carrier and a caller in a process of their own.

What `place_call`, the demo, the end-to-end tests and the load tests use. It knows nothing of the
server's code: only its public addresses, the carrier's wire format and the shared auth token.
"""
