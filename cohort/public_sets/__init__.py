"""Public data sets by name: where they are published, how many images they have, their split, what tells patients."""
