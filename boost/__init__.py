"""Descriptors in, class probabilities out: out of fold, with what they are worth, and for new images from a bundle."""
