"""The canonical layout of rule files: same meaning, same comments, one way to write them."""
