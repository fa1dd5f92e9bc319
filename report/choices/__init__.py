"""What hangs on choices: other heads, the one chosen inside, and other divisions into folds."""
