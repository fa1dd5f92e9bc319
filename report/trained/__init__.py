"""What a report says of networks that were trained end to end."""
