"""The networks: their facts, their weights, and how they run fast."""
