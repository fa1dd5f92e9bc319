"""What the threshold of a bundle can be chosen for; in a file of its own, so that --help needs no scikit-learn."""

SENSITIVE, YOUDEN = "sensitivity ≥ 95 %", "Youden"  # as report.measures.thresholds calls them
HALF = "the likelier side"  # the threshold 0.5, which is not chosen
AIMS = {"sensitive": SENSITIVE, "youden": YOUDEN, "half": HALF}  # by the word of the option
DEFAULT = "sensitive"
