"""The networks of Keras' applications as Keras computes them, and their published weights."""
