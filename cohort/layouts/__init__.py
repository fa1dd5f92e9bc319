"""How images lie in folders: a folder for each class, and the layouts of public data sets."""
