"""What kind of place an address is, and whether two spellings are one place. Pure."""
