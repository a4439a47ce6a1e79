"""How many machines a fleet needs, how long its queue gets, and the load on Redis and the network.

Jobs arrive at random (Poisson) at c slots. Erlang's C gives the probability that one has to wait (A. K.
Erlang, 1917; L. Kleinrock, Queueing Systems I, 1975, §3.5). It assumes service times that vary more than
those of proofs, so queue length and waiting time are on the safe side.
"""

import math
from dataclasses import dataclass

BASE64 = 4 / 3
JOB_BYTES = 2_000
"""Of a job in Redis, besides its witness: hash, options, ids, list entries."""

RESULT_BYTES = 1_500
"""Of a proof and a few public signals in JSON."""

A_SIGNAL = 80
"""Bytes of a public signal in JSON."""

EVENTS_KEPT = 10_000
"""Length of BullMQ's stream of events. Each completed one includes its result."""

OVERHEAD_SECONDS = 0.015
"""Time that a slot spends on the queue between two jobs (9 to 15 ms with 2 cores at 2 GHz and inline
witnesses of 200 KB)."""


@dataclass(frozen=True)
class Demand:
    """The load on the fleet."""

    proofs_per_hour: float
    seconds_per_proof: float
    witness_bytes: int
    public_signals: int
    inline: bool = True
    """Whether witnesses are stored in Redis, or on shared storage."""
    kept: int = 10_000
    """Finished jobs that stay in Redis."""


@dataclass(frozen=True)
class FleetPlan:
    """The result. Units are bytes, seconds, and bytes per second."""

    machines: int
    slots: int
    """Of the whole fleet."""
    utilization: float
    utilization_with_one_down: float
    """Above 1, the queue grows while a machine is down."""
    chance_to_wait: float
    mean_wait_seconds: float
    queue_depth: int
    """Number of waiting jobs that is exceeded 1 % of the time."""
    redis_bytes: int
    network_bytes_per_second: float
    """Through Redis, in and out."""
    price_per_hour: float | None = None
    price_per_thousand: float | None = None


def plan_fleet(
    demand: Demand, slots_per_machine: int, *, most_utilization: float = 0.8, price: float | None = None
) -> FleetPlan:
    """The minimum number of machines to stay below `most_utilization`. `price` is per machine and hour.

    Raises ValueError if a number makes no sense."""
    if min(demand.proofs_per_hour, demand.seconds_per_proof, slots_per_machine) <= 0:
        raise ValueError("proofs per hour, seconds per proof and slots per machine must be greater than 0")
    if not 0 < most_utilization < 1:
        raise ValueError("the utilization must be between 0 and 1")
    rate = demand.proofs_per_hour / 3600
    busy = demand.seconds_per_proof + OVERHEAD_SECONDS
    load = rate * busy
    machines = max(1, math.ceil(load / (most_utilization * slots_per_machine) - 1e-9))
    slots = machines * slots_per_machine
    waits = erlang_c(slots, load)
    depth = _depth(waits, load / slots)
    witness = demand.witness_bytes * BASE64 if demand.inline else 0
    result = RESULT_BYTES + A_SIGNAL * demand.public_signals
    one_down = (machines - 1) * slots_per_machine
    return FleetPlan(
        machines=machines,
        slots=slots,
        utilization=load / slots,
        utilization_with_one_down=load / one_down if one_down else math.inf,
        chance_to_wait=waits,
        mean_wait_seconds=waits * busy / (slots - load),
        queue_depth=depth,
        redis_bytes=round(
            (depth + slots) * (witness + JOB_BYTES)
            + demand.kept * (result + JOB_BYTES)
            + EVENTS_KEPT / 3 * result
        ),
        network_bytes_per_second=rate * (2 * (witness + JOB_BYTES) + 3 * result),
        price_per_hour=None if price is None else price * machines,
        price_per_thousand=None if price is None else 1000 * price * machines / demand.proofs_per_hour,
    )


def erlang_c(slots: int, load: float) -> float:
    """The probability that a job finds all slots taken. `load` is in Erlang, below `slots`."""
    # By Erlang's B, whose recursion does not overflow (Kleinrock, problem 3.9).
    blocked = 1.0
    for n in range(1, slots + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1 - load / slots * (1 - blocked))


def _depth(waits: float, utilization: float) -> int:
    """The number of waiting jobs n with P(more than n) = C ρ^(n+1) below a hundredth."""
    if waits * utilization <= 0.01:
        return 0
    return math.ceil(math.log(0.01 / waits) / math.log(utilization)) - 1
