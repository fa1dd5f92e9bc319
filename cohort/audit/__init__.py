"""The audit: how each image was made, measured without a look at its label, and what an audit found out, as data."""
