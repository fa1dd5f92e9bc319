"""What a person can ask for beside the line itself; with pipeline.py the only place where the rooms meet."""
