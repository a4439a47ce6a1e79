"""Public signals as the engines take them."""

from prover_cli.formats.curves import Curve


def signal_bytes(signals: tuple[int, ...], n_public: int, curve: Curve) -> bytes | None:
    """Plain little-endian integers. None if they cannot belong to a key with so many public signals."""
    if len(signals) != n_public or any(not 0 <= signal < curve.r for signal in signals):
        return None
    return b"".join(signal.to_bytes(curve.n8r, "little") for signal in signals)
