"""How BuddyHelps listens, thinks and speaks. Plain Python: nothing here imports Django."""
