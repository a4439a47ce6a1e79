"""The two pairing curves that circom's tools use: their primes and the sizes of stored values."""

from dataclasses import dataclass
from functools import cache

from prover_cli.faults import Code, Fault
from prover_cli.names import shown


@dataclass(frozen=True)
class Curve:
    """A pairing-friendly curve, under the name that snarkjs gives it."""

    name: str
    q: int
    """Prime of the base field."""
    r: int
    """Prime of the scalar field, the order of the groups."""
    n8q: int
    """Bytes of a base field element. Montgomery form in keys has R = 2^(8·n8q)."""
    n8r: int
    """Bytes of a scalar."""
    two_adicity: int
    """The largest domain of the scalar field has 2^two_adicity points."""
    b: int
    """y² = x³ + b on G1."""
    b2: tuple[int, int]
    """y² = x³ + b2 on G2, b2 = c0 + c1·u with u² = −1."""

    @property
    def g1_size(self) -> int:
        """Bytes of a stored G1 point."""
        return 2 * self.n8q

    @property
    def g2_size(self) -> int:
        """Bytes of a stored G2 point."""
        return 4 * self.n8q

    def from_montgomery(self, image: bytes) -> int:
        """The base field element whose Montgomery form is stored in `image`."""
        return int.from_bytes(image, "little") * _inverse(1 << (8 * self.n8q), self.q) % self.q


@cache
def _inverse(value: int, prime: int) -> int:
    """Kept: verification keys have two elements for each public signal, of which there may be thousands."""
    return pow(value, -1, prime)


_BN_Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583

BN254 = Curve(
    name="bn128",
    q=_BN_Q,
    r=21888242871839275222246405745257275088548364400416034343698204186575808495617,
    n8q=32,
    n8r=32,
    two_adicity=28,
    b=3,
    # 3 / (9 + u) = 3·(9 − u) / 82
    b2=(27 * pow(82, -1, _BN_Q) % _BN_Q, -3 * pow(82, -1, _BN_Q) % _BN_Q),
)

BLS12_381 = Curve(
    name="bls12381",
    q=int(
        "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
        16,
    ),
    r=0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001,
    n8q=48,
    n8r=32,
    two_adicity=32,
    b=4,
    b2=(4, 4),
)

CURVES = (BN254, BLS12_381)


OTHER_FIELDS = {
    18446744069414584321: "goldilocks",
    BN254.q: "grumpkin",
    28948022309329048855892746252171976963363056481941560715954676764349967630337: "pallas",
    28948022309329048855892746252171976963363056481941647379679742748393362948097: "vesta",
    115792089210356248762697446949407573530086143415290314195533631308867097853951: "secq256r1",
    8444461749428370424248824938781546531375899335154063827935233455917409239041: "bls12377",
}
"""Other primes that circom compiles for (`--prime`). Its tools make no Groth16 proofs over them."""

COMPILE_FOR_OURS = "compile the circuit with circom --prime bn128 (the default) or --prime bls12381"


def other_field(prime: int) -> str:
    """The end of a sentence about a prime whose curve is not supported."""
    name = OTHER_FIELDS.get(prime)
    what = f"is that of {name}" if name else "is not one that circom supports"
    return f"{what}; only bn128 and bls12381 are supported"


def by_scalar_prime(prime: int) -> Curve | None:
    """The curve whose scalar field (the field of witnesses) has this prime."""
    return next((curve for curve in CURVES if curve.r == prime), None)


def by_base_prime(prime: int) -> Curve | None:
    """The curve whose base field has this prime."""
    return next((curve for curve in CURVES if curve.q == prime), None)


def by_name(name: object) -> Curve:
    """The curve that a JSON file names. As in snarkjs, `bn254` and `alt_bn128` also mean bn128.

    Raises Fault with CURVE_UNKNOWN.
    """
    known = {"bn128": BN254, "bn254": BN254, "altbn128": BN254, "bls12381": BLS12_381}
    if not isinstance(name, str):
        raise Fault(Code.CURVE_UNKNOWN, "the curve is not a string; write bn128 or bls12381")
    curve = known.get("".join(filter(str.isalnum, name.lower())))
    if curve is None:
        raise Fault(
            Code.CURVE_UNKNOWN,
            f'unknown curve "{shown(name, 40)}"; write bn128 (or bn254, alt_bn128) or bls12381',
        )
    return curve
