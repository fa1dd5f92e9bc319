"""How far to trust a prediction: calibration, conformal sets, distance, and when to stop looking."""
