"""Tables in .xlsx files: the archive within bounds, its sheets row by row, and the face of a CSV table on them."""
