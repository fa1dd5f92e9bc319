"""Pixels to pixels: reading, stains, crops, and synthetic fields."""
