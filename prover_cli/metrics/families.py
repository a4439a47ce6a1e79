"""The metrics of a pool, collected at each request, so they are never stale.

Names and labels are stable. Counters come from the pool's statistics, which survive the end of a worker.
"""

from collections.abc import Collection, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from prover_cli.outcomes.records import Record
from prover_cli.pool.executor import ProofExecutor
from prover_cli.pool.memory import sample
from prover_cli.pool.tickets import Ended

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250)
"""Seconds per proof, from tiny circuits to millions of constraints."""


class PoolFamilies(Collector):
    """Gauges and counters of the workers and the queue."""

    def __init__(self, pool: ProofExecutor) -> None:
        self._pool = pool

    def collect(self) -> Iterator[Metric]:
        running = self._pool.running()
        active = sum(worker.job_id is not None for worker in running)
        yield GaugeMetricFamily("prover_active_workers", "Workers that are proving.", active)
        yield GaugeMetricFamily("prover_queued_tasks", "Jobs waiting for a worker.", self._pool.queued)
        restarts = CounterMetricFamily(
            "prover_worker_restarts", "Workers replaced, by reason.", labels=["reason"]
        )
        busy = CounterMetricFamily(
            "prover_worker_busy_seconds", "Time spent on finished jobs.", labels=["worker"]
        )
        stuck = CounterMetricFamily(
            "prover_worker_stuck_seconds", "Time spent on jobs without progress.", labels=["worker"]
        )
        proofs = CounterMetricFamily("prover_worker_proofs", "Proofs made by the worker.", labels=["worker"])
        failures = CounterMetricFamily(
            "prover_worker_failures", "Jobs that failed on the worker.", labels=["worker"]
        )
        private = GaugeMetricFamily(
            "prover_worker_private_bytes",
            "Private memory of the worker, without shared keys.",
            labels=["worker"],
        )
        reasons = dict.fromkeys((end.value for end in Ended), 0)
        for worker in self._pool.counters:
            for reason, count in worker.restart_reasons.items():
                reasons[reason] += count
            name = [str(worker.worker)]
            busy.add_metric(name, worker.busy_seconds)
            stuck.add_metric(name, worker.stuck_seconds)
            proofs.add_metric(name, worker.proofs)
            failures.add_metric(name, worker.failures)
        for reason, count in reasons.items():
            restarts.add_metric([reason], count)
        for now in running:
            private.add_metric([str(now.worker)], sample(now.pid)[0] if now.pid else 0)
        yield from (restarts, busy, stuck, proofs, failures, private)


class RunMetrics:
    """A registry for one pool, and a listener that counts finished jobs."""

    def __init__(self, pool: ProofExecutor, circuits: Collection[str]) -> None:
        self._circuits = circuits
        self.registry = CollectorRegistry()
        self.registry.register(PoolFamilies(pool))
        self._proofs = Counter(
            "prover_proofs", "Finished jobs, by outcome.", ["circuit", "outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "prover_proof_seconds", "Seconds per proof.", ["circuit"], buckets=BUCKETS, registry=self.registry
        )

    def finished(self, record: Record) -> None:
        """Counts a finished job."""
        # A job may name any circuit. Only known ones are used as labels.
        circuit = record.circuit if record.circuit in self._circuits else ""
        self._proofs.labels(circuit, record.outcome).inc()
        if record.proved is not None:
            self._seconds.labels(circuit).observe(record.proved.seconds)
