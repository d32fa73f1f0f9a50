"""Four demonstration businesses: their requests, checkouts and history."""
