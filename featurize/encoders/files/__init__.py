"""Files of weights: what each is, reading it without running it, and fitting it to a network by names and shapes."""
