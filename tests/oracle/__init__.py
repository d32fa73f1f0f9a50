"""The decision core as objects, one for each candidate: what the core's columns are held against.

It was the core until the columns took its place. It is slow and easy to follow; its judge is
`sconto.domain.condition.evaluate`, asked rule by rule.
"""
