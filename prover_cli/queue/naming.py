"""Names of jobs in the queue. The same job always has the same name, no matter who adds it.

A name is derived from the user's id, the circuit, the key and a keyed digest of the witness. It has no colon
and is never a bare number, because Node's client refuses those.
"""

import hashlib
import hmac
import json
import re

SHOWN = 60
"""Characters of the user's id, for people who inspect the queue."""


def job_name(secret: bytes, identifier: str, circuit: str, key_sha256: str, witness_digest: str) -> str:
    """The job's name. Jobs that differ in anything have different names."""
    parts = json.dumps([identifier, circuit, key_sha256, witness_digest]).encode()
    shown = re.sub(r"[^A-Za-z0-9._-]", "_", identifier)[:SHOWN]
    return f"{shown}-{hmac.new(secret, parts, hashlib.sha256).hexdigest()[:32]}"
