"""Who somebody is: log-in, second factors, sessions, and proving it again before a danger."""
