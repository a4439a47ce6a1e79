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
    generator2: tuple[tuple[int, int], tuple[int, int]]
    """The usual generator of G2: x and y, each (c0, c1)."""

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
    generator2=(
        (
            10857046999023057135944570762232829481370756359578518086990519993285655852781,
            11559732032986387107991004021392285783925812861821192530917403151452391805634,
        ),
        (
            8495653923123431417604973247489272438418190587263600148770280649306958101930,
            4082367875863433681332203403145435568316851327593401208105741076214120093531,
        ),
    ),
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
    generator2=(
        (
            0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
            0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E,
        ),
        (
            0x0CE5D527727D6E118CC9CDC6DA2E351AADFD9BAA8CBDD3A76D429A695160D12C923AC9CC3BACA289E193548608B82801,
            0x0606C4A02EA734CC32ACD2B02BC28B99CB3E287E85A763AF267492AB572E99AB3F370D275CEC1DA1AAA9075FF05F79BE,
        ),
    ),
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
