"""What one would use instead of the product, installed apart, fed the same data and asked the same things."""
