"""Beyond one machine: a BullMQ queue on Redis between producers and workers.

`worker` takes jobs from the queue into this machine's pool (`prove-batch work`); `producer` puts jobs in
and takes results out (`prove-batch enqueue`, `prove-batch --strategy queue`). What lies in Redis is in
`messages`.
"""
