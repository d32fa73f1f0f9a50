"""The command line: the door for operators and compliance staff. Start at `main`."""
