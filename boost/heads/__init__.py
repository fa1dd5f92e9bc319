"""How one variant's descriptors become probabilities: a file for each head."""
