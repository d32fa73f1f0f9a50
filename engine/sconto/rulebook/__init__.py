"""Rule files: strict YAML to one compiled ruleset, and the judges that durable-rules drives."""
