"""Trainings by name: what each document says, what public code settles, and what had to be inferred."""
