"""Page families: each function takes what is published and the address, and returns a document."""
