"""What a caller's words mean: numbers, places, names, answers, intents, dangers."""
