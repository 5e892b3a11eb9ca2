"""The reference portal: pages made from the public API alone, that read without a script."""
