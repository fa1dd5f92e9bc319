"""What several rooms do together; returns values and warnings, and prints nothing."""
