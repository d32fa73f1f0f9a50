"""Serving: a server in one process, or in several behind one port with one that commits."""
