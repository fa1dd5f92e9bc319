"""Several runs, or bundles, of the same images and folds become one: each has one vote."""
