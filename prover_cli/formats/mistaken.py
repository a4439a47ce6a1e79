"""Files that are another thing than their name says: what they are, and how to get at what was meant."""

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "it is a pointer of Git LFS: fetch the file itself with git lfs pull"),
    (b"/annex/objects/", "it is a pointer of git-annex: fetch the file itself with git annex get"),
    (b"\x1f\x8b", "it is packed with gzip: unpack it with gunzip"),
    (b"\x28\xb5\x2f\xfd", "it is packed with Zstandard: unpack it with unzstd"),
    (b"\xfd7zXZ\x00", "it is packed with xz: unpack it with unxz"),
    (b"BZh", "it is packed with bzip2: unpack it with bunzip2"),
    (b"PK\x03\x04", "it is a ZIP archive: unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive: unpack it"),
    (b"<!doctype", "it is an HTML page, as servers answer in the place of a file: download it again"),
    (b"<html", "it is an HTML page, as servers answer in the place of a file: download it again"),
    (b"<?xml", "it is XML, as servers answer in the place of a file: download it again"),
    (b"zkey", "it is a proving key (.zkey)"),
    (b"wtns", "it is a witness (.wtns)"),
    (b"r1cs", "it is a file of constraints (.r1cs)"),
    (b"ptau", "it is a file of the powers of tau: snarkjs groth16 setup makes a key from it and an .r1cs"),
    (b"\x00asm", "it is WebAssembly (.wasm)"),
    (b"pragma circom", "it is circom source: compile it with circom --r1cs --wasm --sym"),
)

_NAMES = {
    ".circom": "it is circom source: compile it with circom --r1cs --wasm --sym",
    ".arkzkey": "it is a key in the format of arkworks: give the .zkey that it was made from",
    ".br": "it is packed with Brotli: unpack it with brotli -d",
    ".gz": "it is called a gzip, and is none: copy it again",
}

JSON = "it is JSON"

LOOKED_AT = 32
"""Bytes from the beginning that are looked at."""


def what_it_is(head: bytes, name: str) -> str | None:
    """What a file that begins so is, and what to do; None where nothing is known of it. Of a format that has
    no beginning of its own the name tells."""
    begins = head[:LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n") if head[:1] != b"\x1f" else head
    lowered = begins.lower()
    for beginning, words in _BEGINNINGS:
        if begins.startswith(beginning) or (beginning.startswith(b"<") and lowered.startswith(beginning)):
            return words
    for ending, words in _NAMES.items():
        if name.lower().endswith(ending):
            return words
    if not head:
        return "it is empty: copy it again"
    return JSON if begins[:1] in (b"{", b"[") else None


def not_json(head: bytes, name: str) -> str:
    """What to say of a file that was to be JSON and is none, after its name."""
    known = what_it_is(head, name)
    return "is no JSON" if known in (None, JSON) else f"is no JSON: {known}"
