"""Files that appear whole, locks on folders, and what people write: tables, names of images, what breaks a rule."""
