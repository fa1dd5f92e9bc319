"""Images altered on purpose: pixels in, pixels out, each a pure function; what is random is handed its generator."""
