"""A fleet in place of a local pool, for `prove-batch --strategy queue`."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from prover_cli.circuits.keys import Keys
from prover_cli.pool.pool_events import EventListener
from prover_cli.pool.sizing import Sizing
from prover_cli.queue.connection import check
from prover_cli.queue.fleet import Fleet
from prover_cli.queue.options import OUTSTANDING, OUTSTANDING_BYTES, ProduceOptions
from prover_cli.systems.choice import choose_engine


@dataclass(frozen=True)
class FleetTeam:
    """A team whose machines do their own sizing and preparation."""

    options: ProduceOptions
    keys: Keys
    engine: str
    verify: bool

    @property
    def sizing(self) -> Sizing | None:
        """None, because the fleet's machines have their own."""
        return None

    @property
    def in_flight(self) -> int:
        """Jobs that may be in the queue at a time."""
        if self.options.outstanding is not None:
            return self.options.outstanding
        if self.options.witness_root is not None:
            return OUTSTANDING
        layouts = [mapped.layout for mapped in self.keys.mapped.values()]
        largest = max(layout.n_vars * layout.curve.n8r for layout in layouts) * 4 // 3  # base64
        return max(1, min(OUTSTANDING, OUTSTANDING_BYTES // largest))

    @property
    def threads_per_proof(self) -> int:
        """The machines of the fleet decide."""
        return 1

    @property
    def preparation(self) -> Mapping[str, str]:
        """Empty."""
        return {}

    @property
    def calculation(self) -> Mapping[str, str]:
        """Empty."""
        return {}

    def pool(self, digest_secret: bytes, listener: EventListener) -> Fleet:
        """Connects to the queue."""
        return Fleet(
            self.options,
            self.keys,
            engine=self.engine,
            verify=self.verify,
            digest_secret=digest_secret,
            listener=listener,
        )


def gather(options: ProduceOptions, keys: Keys, *, engine: str, verify: bool) -> FleetTeam:
    """The team, after a check that Redis answers. `engine` is used to verify.

    Raises SetupFault (ENGINE_MISSING, BAD_REDIS_URL, REDIS_…), MachineFault REDIS_UNREACHABLE."""
    chosen = choose_engine(engine).engine
    asyncio.run(check(options.where.redis, options.where.events))
    return FleetTeam(options, keys, chosen, verify)
