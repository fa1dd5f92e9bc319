"""What single formats of image files need beside Pillow."""
