"""What rules mean together: warnings that a solver proves, and others about dates and units.

Only `sconto rules lint` imports this package: it needs z3, which no server does.
"""
