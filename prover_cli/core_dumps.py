"""Core dumps: the memory of a crashed process written to a file. Ours would contain witnesses."""


def switch_off() -> None:
    """Disables them for this process and those that it starts later. Never used in a caller's process."""
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    # Not 0: the system passes dumps to a collecting program (core(5), "|" in core_pattern) whatever the limit
    # is, unless it is 1. And a limit below a page means that nothing is written to a file.
    most = 0 if hard == 0 else 1
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
