"""Metrics, resampled cohorts, intervals and paired tests."""
