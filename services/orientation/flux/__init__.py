"""Partner feeds without web or database: what a file may hold, how it is read and judged, what is told of it."""
