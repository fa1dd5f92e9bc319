"""What is measured of an image's making, a topic a file: plain numbers and words, nothing of its tissue or label."""
