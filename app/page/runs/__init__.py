"""A folder of results, looked at."""
