"""Keys prepared for repeated use: multiples of their bases, kept in the cache folder.

`tables` is the file format, `store` the folder, `making` builds a file, `decision` decides if a run should.
"""
