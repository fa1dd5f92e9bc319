"""The command encoders: which networks there are, all about one, and whether its weights are what they should be."""
