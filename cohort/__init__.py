"""Which images there are, whose they are, in which fold, and the table their predictions travel in."""
