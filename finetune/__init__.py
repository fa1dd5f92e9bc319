"""Pixels -> predictions, end to end: networks whose own layers are trained on labelled images."""
