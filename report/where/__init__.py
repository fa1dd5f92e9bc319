"""Evidence maps: answers for windows of an image, laid over it and drawn."""
