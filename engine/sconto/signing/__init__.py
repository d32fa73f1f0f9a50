"""Keys and signatures: Ed25519, in the file formats that other tools read too."""
