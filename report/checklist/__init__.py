"""What the settings of a run fill in of the checklist."""
