"""Core dumps: the memory of a process that crashed, as a file, and in ours lie witnesses."""


def switch_off() -> None:
    """For this process and those that it starts from now on. A caller's process is never ours to change."""
    try:
        import resource
    except ImportError:
        return  # Windows has none
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    # Not 0: the system hands a dump to a program that collects them (core(5), "|" in core_pattern) whatever
    # the limit is, but where it is 1. Less than a page is never written to a file either.
    most = 0 if hard == 0 else 1
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
