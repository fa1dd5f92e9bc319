"""Networks with a head: pretrained ones, and those of the documents."""
