"""Rule files read: folders, strict YAML, typed documents and the library that holds them."""
