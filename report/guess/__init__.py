"""Is it better than a guess: what the class shares achieve, and the words where a result is no better."""
