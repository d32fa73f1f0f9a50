"""The wire contract, generated from proto/sconto/v1; only this file and `validate_descriptor` are not."""
