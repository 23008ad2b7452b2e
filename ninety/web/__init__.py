"""The edge: HTTP in, the product's words out."""
