"""One call's parts: the ear, the mouth, the reply on its way, the diary of what was said."""
