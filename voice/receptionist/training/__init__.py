"""How the intent classifier is made from the example utterances; not needed on a call."""
