"""The same methods over HTTP/1.1 with JSON; needs the extra `http`."""
