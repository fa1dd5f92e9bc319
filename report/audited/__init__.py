"""What the making of the images tells of their classes: table of probes, figures by class, small copies."""
