"""Where weights come from: published files, places that earlier runs were given, and who trained what is known."""
