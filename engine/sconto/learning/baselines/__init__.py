"""What every network has to beat, each a `Model`; `checkout` is for the retail model alone."""
