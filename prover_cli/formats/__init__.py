"""Files of the circom world: parse, check, write. One module a format."""
