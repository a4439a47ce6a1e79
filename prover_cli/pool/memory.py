"""What a process really holds: private bytes, and its share of what is shared (PSS).

Resident memory counts the mapped key once a worker and misleads.
"""

import psutil


def sample(pid: int) -> tuple[int, int]:
    """Private and proportional bytes; zeros where the process is gone or the system does not tell."""
    try:
        info = psutil.Process(pid).memory_full_info()
    except (psutil.Error, OSError):
        return (0, 0)
    private = int(info.uss)
    return (private, int(getattr(info, "pss", private)))
