"""Beyond one machine: a BullMQ queue on Redis between producers and workers.

`worker` moves jobs from the queue into this machine's pool (`prove-batch work`). `producer` adds jobs and
collects results (`prove-batch enqueue`, `prove-batch --strategy queue`). `messages` defines the data in
Redis.
"""
