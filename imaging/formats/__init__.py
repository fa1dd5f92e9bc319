"""What single file formats hold that decoders read wrong, or pass over in silence."""
