"""Keys prepared for proving often: multiples of their bases, kept in the cache folder.

`tables` is the file, `store` the folder, `making` makes a file, `decision` says whether a run is to.
"""
