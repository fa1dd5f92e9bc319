"""What the making of images has to do with answers: the audit, and robustness to altered images."""
