"""Files larger than any request may be: memory, progress and crashes in mid-file."""
