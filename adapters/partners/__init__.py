"""What each community of partners demands."""
