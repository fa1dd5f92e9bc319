"""What a command was asked as a file: taken from one by --config, and written beside what the command made."""
