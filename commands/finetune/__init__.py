"""The commands that train networks end to end, and that fuse what they answer with others."""
