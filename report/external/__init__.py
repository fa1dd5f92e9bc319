"""A bundle on new labelled images: what an external test measures, and its chapters in a report."""
