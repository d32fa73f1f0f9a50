"""What operators see of a running server: figures, traces and log lines."""
