"""What crosses the wire of the indicators service, by noun."""
