"""The command doctor: what this machine has, what will be used, and whether a run can start."""
