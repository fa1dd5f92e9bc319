"""The commands around bundles: made of a run, fused, asked about new images, tested on labelled ones."""
