"""What a reader sees first: the result on one screen, and the words that all tables take for known."""
