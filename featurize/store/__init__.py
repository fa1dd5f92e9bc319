"""Descriptors on the disk: one HDF5 file for each data set, variant and protocol."""
