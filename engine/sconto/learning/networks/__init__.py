"""Networks over training rows: small, readable, and exact in what they promise by construction."""
