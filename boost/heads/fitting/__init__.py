"""What several heads are fitted with: standard columns, coefficients, and settings chosen by patients inside."""
