"""What the product does, told in the words of the people who use it."""
