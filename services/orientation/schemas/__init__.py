"""What crosses the wire of the orientation service, by noun."""
