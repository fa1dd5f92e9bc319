"""The networks of the library timm: built, read off, and asked for their facts."""
