"""File formats of the circom ecosystem: parsing, checking and writing. One module per format."""
