"""Every model on the same rows: figures with their spread, gates, a report and a card."""
