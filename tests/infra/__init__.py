"""The servers, the launchers and the set-up."""
