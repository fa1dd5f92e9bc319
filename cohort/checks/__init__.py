"""What is allowed in files, labels and patients but often a mistake, and what cannot be used at all."""
