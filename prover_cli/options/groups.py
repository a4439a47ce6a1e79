"""The panels of the help that options stand in."""

KEYS = "Keys"
WORK = "Workers and memory"
RUN = "The run"
SHOW = "What is shown"
QUEUE = "The queue"
DOOR = "Access"
