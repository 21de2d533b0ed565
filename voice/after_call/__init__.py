"""What a language model may add to the record of a finished call. Nothing needs it."""
