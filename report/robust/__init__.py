"""Robustness: answers for altered images as numbers, curves and a page."""
