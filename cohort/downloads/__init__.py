"""Files from the web: fetched when asked for, gone on with where a try ended, verified, and unpacked within bounds."""
