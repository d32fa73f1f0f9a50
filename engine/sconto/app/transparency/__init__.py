"""The Merkle tree over the log, and the signed checkpoints of it."""
