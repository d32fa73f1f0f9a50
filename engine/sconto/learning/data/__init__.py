"""From a shop's own tables to training rows: recipes, cleaning, point-in-time features, splits."""
