"""Names of jobs in the queue: the same job has the same name, whoever adds it again.

Made of the user's id, circuit, key and a keyed digest of the witness. No colon and never a bare number:
Node's client refuses those.
"""

import hashlib
import hmac
import json
import re

SHOWN = 60
"""Characters of the user's id, for people who look into the queue."""


def job_name(secret: bytes, identifier: str, circuit: str, key_sha256: str, witness_digest: str) -> str:
    """The name; two jobs that differ in anything have different ones."""
    parts = json.dumps([identifier, circuit, key_sha256, witness_digest]).encode()
    shown = re.sub(r"[^A-Za-z0-9._-]", "_", identifier)[:SHOWN]
    return f"{shown}-{hmac.new(secret, parts, hashlib.sha256).hexdigest()[:32]}"
