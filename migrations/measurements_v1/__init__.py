"""The tables of migration 0002 of the indicators, by noun, frozen as it made them: none refers to another."""
