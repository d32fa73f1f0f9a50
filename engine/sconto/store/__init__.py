"""Where decisions become durable: the Store port over SQLite, and in memory for tests."""
