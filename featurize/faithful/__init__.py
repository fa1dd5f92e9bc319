"""What the program published with Rakhlin et al. 2018 does otherwise than this one, for those who repeat it exactly."""
