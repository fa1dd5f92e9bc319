"""Whether the classes can be told from how the pictures were made: probes of each trace, tested between patients."""
