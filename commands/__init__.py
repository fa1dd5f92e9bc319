"""The commands beside the line itself, and what all of them share: options, the terminal, a cluster."""
