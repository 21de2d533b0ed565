"""The audio of live calls: from the carrier's socket to the conversation and back."""
