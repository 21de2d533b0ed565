"""Who the plumber is."""
