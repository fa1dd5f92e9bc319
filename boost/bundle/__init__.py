"""All models of a cross-validation in one file, and how their vote is to be read."""
