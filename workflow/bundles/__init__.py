"""What becomes of fitted models: one file, its card, and whether it may answer for images here."""
