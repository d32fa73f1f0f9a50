"""What rules mean together: warnings that a solver proves, and others that dates and units tell.

Only `sconto rules lint` imports this package: it needs z3, which no server does.
"""
