"""What a visitor sees: every file of it only asks the worker and shows what it wrote."""
