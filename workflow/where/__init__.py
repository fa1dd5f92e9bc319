"""What stands behind one answer: where in the image it comes from, what it resembles, what its threshold costs."""
