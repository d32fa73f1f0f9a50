"""What a model is worth: its ranking of effects, the value of its choices, and how sure that is."""
