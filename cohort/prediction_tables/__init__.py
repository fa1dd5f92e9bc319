"""Tables of predictions as the world writes them: which columns are which, and probabilities in any spelling."""
