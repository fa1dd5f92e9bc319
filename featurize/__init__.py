"""Pixels to descriptors."""
