"""Files of strangers: opened without waiting, read once up to a limit, and only as many at once as memory allows."""
