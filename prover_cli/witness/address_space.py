"""Whether this process's address space is limited."""


def address_space_is_limited() -> bool:
    """Whether there is a limit (`ulimit -v`), as some batch systems set."""
    try:
        import resource
    except ImportError:
        return False
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
