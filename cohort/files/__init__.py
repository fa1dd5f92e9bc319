"""Files that appear whole, locks on folders, and tables that people wrote."""
