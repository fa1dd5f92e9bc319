"""What works outside the page's process: the private folder between both, the queue in it, the worker."""
