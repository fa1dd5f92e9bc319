"""Synthetic tiles in the likeness of public sets: nine tissues of the colon, and tumour in the centre or not."""
