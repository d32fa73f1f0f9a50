"""What every network has to beat, each a `Model`."""
