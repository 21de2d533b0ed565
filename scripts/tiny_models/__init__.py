"""Small models made here, so that every engine can be tested without a download.

They have the architecture of the real ones; only the tone-word recogniser is trained.
"""
