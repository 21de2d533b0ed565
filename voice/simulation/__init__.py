"""A phone line without a phone: virtual time, engines with true latencies, callers, a carrier."""
