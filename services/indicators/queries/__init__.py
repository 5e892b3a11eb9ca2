"""Every SELECT of the indicators service, by noun. ``:au`` is the instant of knowledge."""
