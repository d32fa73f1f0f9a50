"""What a change of rule files means: two editions of a rulebook compared, in sentences."""
