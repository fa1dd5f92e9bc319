"""Numbers, one topic a file."""
