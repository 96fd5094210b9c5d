"""What keeps the house: generated docs, the soak, one-off conversions. Not installed."""
