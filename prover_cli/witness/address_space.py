"""Whether what a process may map has a limit."""


def address_space_is_limited() -> bool:
    """Whether there is one (`ulimit -v`), as some batch systems set it."""
    try:
        import resource
    except ImportError:
        return False
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
