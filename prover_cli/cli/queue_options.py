"""The options of the queue, which its three commands have."""

from typing import TYPE_CHECKING, Annotated

from prover_cli.cli.pool_options import option
from prover_cli.faults import Code, SetupFault

if TYPE_CHECKING:
    from prover_cli.queue.options import QueueOptions

QUEUE = "The queue"

RedisOption = Annotated[
    str | None,
    option(
        QUEUE,
        "--redis",
        help="Where Redis is; with a password rather as PROVE_BATCH_REDIS than in a list of processes.",
        metavar="URL",
        show_default=False,
    ),
]
QueueOption = Annotated[str, option(QUEUE, "--queue", help="Name of the BullMQ queue.", metavar="NAME")]


def where(redis: str | None, queue: str) -> "QueueOptions":
    """Raises SetupFault NO_REDIS, BAD_QUEUE."""
    from prover_cli.queue.options import QueueOptions

    if not redis:
        raise SetupFault(
            Code.NO_REDIS, "give --redis redis://HOST:PORT, or PROVE_BATCH_REDIS in the environment"
        )
    if not queue or ":" in queue:
        raise SetupFault(Code.BAD_QUEUE, f'"{queue}" is no name of a queue: BullMQ takes no colon in it')
    return QueueOptions(redis, queue)
