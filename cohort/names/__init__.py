"""Names as people write them: of images, patients and classes; spelled in two ways, or words for unknown."""
