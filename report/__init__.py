"""Predictions -> tables and figures; knows nothing of images, descriptors or models."""
