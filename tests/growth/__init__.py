"""How what is asked of a feed grows with it, in figures and pictures: `make growth`."""
