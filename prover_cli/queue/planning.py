"""How many machines a fleet needs, how deep its queue gets, and what Redis and the network carry.

Jobs come at random (Poisson) to c slots: Erlang's C gives the chance that one has to wait (A. K. Erlang,
1917; L. Kleinrock, Queueing Systems I, 1975, §3.5). Its service times vary more than those of proofs, so
depth and wait are on the safe side.
"""

import math
from dataclasses import dataclass

BASE64 = 4 / 3
JOB_BYTES = 2_000
"""Of a job in Redis besides its witness: hash, options, ids, places in lists."""

RESULT_BYTES = 1_500
"""Of a proof and a few public signals in JSON."""

A_SIGNAL = 80
"""Bytes of a public signal in JSON."""

EVENTS_KEPT = 10_000
"""BullMQ's stream of events, each completed one with its result."""

OVERHEAD_SECONDS = 0.015
"""What a slot loses to the queue between two jobs (2 cores at 2 GHz, inline witnesses of 200 KB: 9 to 15)."""


@dataclass(frozen=True)
class Demand:
    """What is asked of the fleet."""

    proofs_per_hour: float
    seconds_per_proof: float
    witness_bytes: int
    public_signals: int
    inline: bool = True
    """Whether witnesses lie in Redis, or on shared storage."""
    kept: int = 10_000
    """Finished jobs that stay in Redis."""


@dataclass(frozen=True)
class FleetPlan:
    """The answer. Bytes, seconds, and bytes a second."""

    machines: int
    slots: int
    """Of the whole fleet."""
    utilization: float
    utilization_with_one_down: float
    """Above 1 the queue grows while a machine is missing."""
    chance_to_wait: float
    mean_wait_seconds: float
    queue_depth: int
    """Waiting jobs that are exceeded one hundredth of the time."""
    redis_bytes: int
    network_bytes_per_second: float
    """Through Redis, in and out."""
    price_per_hour: float | None = None
    price_per_thousand: float | None = None


def plan_fleet(
    demand: Demand, slots_per_machine: int, *, most_utilization: float = 0.8, price: float | None = None
) -> FleetPlan:
    """The fewest machines that stay below `most_utilization`. `price` is a machine's, an hour.

    Raises ValueError where a number makes no sense."""
    if min(demand.proofs_per_hour, demand.seconds_per_proof, slots_per_machine) <= 0:
        raise ValueError("proofs an hour, seconds a proof and slots a machine must be more than nothing")
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
    """The chance that a job finds all slots taken; `load` in Erlang, below `slots`."""
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
