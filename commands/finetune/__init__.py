"""The command that trains networks end to end."""
