"""Files that are not what their name says: what they are, and how to get the intended file."""

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "it is a Git LFS pointer: fetch the file itself with git lfs pull"),
    (b"/annex/objects/", "it is a git-annex pointer: fetch the file itself with git annex get"),
    (b"\x1f\x8b", "it is compressed with gzip: unpack it with gunzip"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with Zstandard: unpack it with unzstd"),
    (b"\xfd7zXZ\x00", "it is compressed with xz: unpack it with unxz"),
    (b"BZh", "it is compressed with bzip2: unpack it with bunzip2"),
    (b"PK\x03\x04", "it is a ZIP archive: unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive: unpack it"),
    (b"<!doctype", "it is an HTML page, perhaps a server's error page: download the file again"),
    (b"<html", "it is an HTML page, perhaps a server's error page: download the file again"),
    (b"<?xml", "it is XML, perhaps a server's error message: download the file again"),
    (b"zkey", "it is a proving key (.zkey)"),
    (b"wtns", "it is a witness (.wtns)"),
    (b"r1cs", "it is a constraints file (.r1cs)"),
    (b"ptau", "it is a powers of tau file: make a key from it and an .r1cs with snarkjs"),
    (b"\x00asm", "it is WebAssembly (.wasm)"),
    (b"pragma circom", "it is circom source: compile it with circom --r1cs --wasm --sym"),
)

_NAMES = {
    ".circom": "it is circom source: compile it with circom --r1cs --wasm --sym",
    ".arkzkey": "it is a key in arkworks' format: pass the .zkey that it was made from",
    ".br": "it is compressed with Brotli: unpack it with brotli -d",
    ".gz": "its name ends in .gz but it is not gzip: copy it again",
}

JSON = "it is JSON"

LOOKED_AT = 32
"""Bytes examined at the beginning of a file."""


def what_it_is(head: bytes, name: str) -> str | None:
    """What a file with this beginning is, and what to do about it. None if it is not recognised. Formats
    without a signature are recognised by the file's name."""
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
    """What to say, after its name, about a file that should be JSON but is not."""
    known = what_it_is(head, name)
    return "is not JSON" if known in (None, JSON) else f"is not JSON: {known}"
