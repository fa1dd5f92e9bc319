"""Networks trained end to end on the frame of a cross-validation: the same folds, tables, bundles and reports."""
