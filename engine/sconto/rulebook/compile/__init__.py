"""Documents compiled into the ruleset of the domain."""
