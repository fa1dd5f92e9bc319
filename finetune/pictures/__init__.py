"""Images as training needs them: decoded once, altered anew for every epoch, in batches that are ready in time."""
