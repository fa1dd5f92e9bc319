"""The report's table of contents: the words, tables and figures of a topic."""
