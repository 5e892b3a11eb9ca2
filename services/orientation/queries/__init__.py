"""Every SELECT of the orientation service, by noun."""
