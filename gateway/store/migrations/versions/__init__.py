"""One file per change of the layout, in the order of their numbers."""
