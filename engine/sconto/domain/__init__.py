"""The business, pure: no I/O, no clock, no randomness; the same arguments give the same answer."""
