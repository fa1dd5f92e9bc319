"""The command encoders: which networks there are, and whether their weights are good."""
