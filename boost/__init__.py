"""Descriptors in, out-of-fold class probabilities out."""
