"""A log in a PostgreSQL database, which several replicas share."""
