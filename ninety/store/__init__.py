"""Where things are kept: documents, packages, the index derived from them."""
