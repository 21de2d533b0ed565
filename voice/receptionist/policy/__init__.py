"""What to do next: safety first, then the caller's questions, then the job, one question a turn."""
