"""What cv has trained: the run itself, and what is trained beside it."""
