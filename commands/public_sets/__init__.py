"""The command that lists public data sets and gets them."""
