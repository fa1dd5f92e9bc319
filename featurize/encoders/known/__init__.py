"""The facts about named networks and who trained them; facts alone, nothing is built here."""
