"""The embedded recogniser's insides: language data, models, grammars, and its child process."""
