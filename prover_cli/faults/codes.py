"""Every error code: who can fix it, what it means and what to do.

Exit codes, HTTP statuses, the queue's decision whether to retry, and the documentation are all made from
this table. Codes are stable: programs depend on them.
"""

from __future__ import annotations

from enum import Enum, unique


class Blame(Enum):
    """Who can fix a fault."""

    CALLER = "caller"
    """Whoever sent the job or the request."""

    OPERATOR = "operator"
    """Whoever runs the command: its options, its keys and its configuration."""

    MACHINE = "machine"
    """The machine, the network or Redis is short of something."""

    US = "prove-batch"
    """The program: please report it."""


_Row = tuple[Blame, tuple[int, ...], int, bool, str, str]


def _caller(means: str, do: str, *, exits: tuple[int, ...] = (1,), status: int = 400) -> _Row:
    return Blame.CALLER, exits, status, False, means, do


def _operator(means: str, do: str, *, exits: tuple[int, ...] = (2,), again: bool = False) -> _Row:
    return Blame.OPERATOR, exits, 500, again, means, do


def _machine(means: str, do: str, *, exits: tuple[int, ...] = (1,), status: int = 500) -> _Row:
    return Blame.MACHINE, exits, status, True, means, do


def _ours(means: str, do: str, *, exits: tuple[int, ...] = (1,)) -> _Row:
    return Blame.US, exits, 500, True, means, do


@unique
class Code(Enum):
    """A kind of fault. Users and programs see its name."""

    def __init__(
        self, blame: Blame, exits: tuple[int, ...], status: int, again: bool, means: str, do: str
    ) -> None:
        self.blame = blame
        self.exits = exits
        """Exit codes that a command can end with because of it: 1 if only the job fails, 2 if nothing was
        started, 3 if the machine or the program failed during the run."""
        self.status = status
        """The HTTP status of the response that reports it."""
        self.again = again
        """Whether the same job may succeed on another try, with nothing changed."""
        self.means = means
        self.do = do

    def __repr__(self) -> str:
        return f"<Code {self.name}>"

    def __str__(self) -> str:
        return self.name

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        return getattr, (Code, self.name)  # by its name: workers send faults

    # ----- inputs -----
    ASSERT_FAILED = _caller(
        "An assertion in the circuit failed for these inputs.",
        "Compare the inputs with what the named line of the circuit requires.",
        status=422,
    )
    INPUT_CORRUPT = _caller(
        "The input is not a JSON object of signal names and values.",
        'Write one object, like {"a": 3, "b": ["1", "2"]}, with each name once.',
    )
    INPUT_MISSING = _caller(
        "A signal that the circuit needs has no value in the input.", "Add the named signals to the input."
    )
    INPUT_OUT_OF_RANGE = _caller(
        "A value is not below the prime of the circuit's field, and --strict-inputs is on.",
        "Reduce the value, or leave --strict-inputs out to have it reduced as circom does.",
    )
    INPUT_REFUSED = _caller(
        "The circuit's calculator refused an input without saying more.",
        "Check the names and the number of values of the input's signals.",
    )
    INPUT_SHAPE = _caller(
        "A signal has more or fewer values than the circuit takes.",
        "Give as many values as the message says, nested as the signal is declared.",
    )
    INPUT_TOO_LARGE = _caller(
        "The input that came through a pipe is too large.", "Write it to a file and pass the file instead."
    )
    INPUT_UNKNOWN = _caller(
        "The input names a signal that the circuit does not have.",
        "Correct or remove the name; the message suggests one that is close.",
    )
    INPUT_UNREADABLE = _caller(
        "An input file cannot be read.",
        "Check its name and permissions, and that it is a regular file.",
    )
    INPUT_UNSUPPORTED = _caller(
        "A job has an input, but its circuit has no calculator (.wasm) here.",
        "Put the circuit's .wasm beside its key, or send a witness.",
        exits=(1, 2),
    )
    INPUT_VALUE = _caller(
        "A value in the input is not a whole number.",
        "Write an integer, or a string of decimal digits or of 0x and hex digits.",
    )

    # ----- witnesses -----
    BAD_WITNESS = _caller(
        'The "witness" of a job is in none of the accepted forms.',
        "Give a path ending in .wtns, a .wtns in base64, or an array of decimal strings.",
    )
    WITNESS_CORRUPT = _caller(
        "The witness is not a well-formed .wtns file.", "Calculate it again.", exits=(1, 2)
    )
    WITNESS_COUNT = _caller(
        "The number of values in the witness differs from the number of signals in the key.",
        "Use the witness and the key of the same version of the circuit.",
        exits=(1, 2),
    )
    WITNESS_CRASHED = _operator(
        "The circuit's witness calculator crashed.",
        "Compile the circuit again. If that does not help, report it with the circuit.",
        exits=(1,),
        again=True,
    )
    WITNESS_CURVE = _caller(
        "The witness and the key are over different curves, or the curve is not supported.",
        "Use the key of the circuit that made the witness; BN254 and BLS12-381 are supported.",
        exits=(1, 2),
    )
    WITNESS_FIRST_SIGNAL = _caller(
        "The first value of the witness is not 1, as circom's always is.", "Calculate it again.", exits=(1, 2)
    )
    WITNESS_MEMORY = _machine(
        "The circuit's witness calculator needs more memory than it is allowed.",
        "Run fewer workers, or use a machine with more memory.",
    )
    WITNESS_NOT_REDUCED = _caller(
        "A value of the witness is not below the prime of the circuit's field.",
        "Calculate the witness again with the circuit's own calculator.",
        exits=(1, 2),
    )
    WITNESS_TIMEOUT = _machine(
        "The witness was not calculated within the time limit.",
        "Raise --timeout, or check the inputs: the circuit may loop forever on them.",
        status=504,
    )
    WITNESS_TOO_LARGE = _caller(
        "The witness is larger than any witness of this circuit.",
        "Check that it belongs to this circuit.",
        status=413,
    )
    WITNESS_TRUNCATED = _caller(
        "The witness file is cut off.", "Calculate it or copy it again.", exits=(1, 2)
    )
    WITNESS_UNREADABLE = _caller(
        "A witness file cannot be read.",
        "Check its name and permissions, and that it is a regular file.",
        exits=(1, 2),
    )
    WITNESS_UNSATISFIED = _caller(
        "The proof made from the witness is not valid: the witness breaks a constraint, or the key is "
        "damaged.",
        "Put the circuit's .r1cs beside the key. The message then names the broken constraint, or says that "
        "the key is damaged.",
        exits=(1, 2),
        status=422,
    )

    # ----- jobs, lines and requests -----
    BAD_ID = _caller(
        "An id or a name is not valid Unicode, or cannot be a file name.",
        "Use another id, or write results as lines with -o -.",
        exits=(1, 2),
    )
    BAD_LINE = _caller("A line is not a job.", "Write one JSON object per line, as the documentation shows.")
    BAD_REQUEST = _caller(
        "A request, or a job in the queue, is malformed.",
        "See /openapi.json or the documentation for the format.",
    )
    BODY_TOO_LARGE = _caller(
        "The body of the request is larger than a witness of any circuit here.",
        "Send the witness in base64 instead of decimals, or ask the operator to raise --max-body.",
        status=413,
    )
    BODY_TOO_SLOW = _caller(
        "The body of the request arrived too slowly.",
        "Send it again over a faster connection.",
        status=408,
    )
    DUPLICATE_ID = _caller("An earlier job of the run has the same id.", "Give each job its own id.")
    GZIP_DAMAGED = _caller("A gzip file of lines is damaged.", "Compress or copy the file again.")
    HOST_REFUSED = _caller(
        "The request's Host header names a host that the service does not answer to.",
        "Use its address or localhost, or ask the operator to add --allowed-host.",
        status=403,
    )
    LINE_TOO_LONG = _caller("A line is too long.", "Write large witnesses to files and give their paths.")
    METHOD_NOT_ALLOWED = _caller(
        "The path does not accept this HTTP method.",
        "See /openapi.json for the methods of each path.",
        status=405,
    )
    NOT_FOUND = _caller(
        "The service has no such path.", "See /openapi.json for the paths it has.", status=404
    )
    ORIGIN_REFUSED = _caller(
        "A web page of another origin sent the request.",
        "Ask the operator to allow the page's origin with --cors-origin, or use a token.",
        status=403,
    )
    PATH_REFUSED = _caller(
        "The job names a path, and paths are not accepted, or this one lies outside the witness root.",
        "Send the witness in base64, or ask the operator to set --witness-root.",
    )
    SOURCE_UNREADABLE = _caller(
        "A file or folder of jobs cannot be read.", "Check its name and permissions.", exits=(1, 2)
    )
    TYPE_REFUSED = _caller(
        "A request without a token has a content type that any web page could send.",
        "Send it with Content-Type: application/json.",
        status=415,
    )
    UNAUTHORIZED = _caller(
        "The service requires a bearer token.", "Send it as Authorization: Bearer TOKEN.", status=401
    )
    UNKNOWN_CIRCUIT = _caller(
        "The job names a circuit that has no key here, or there are several circuits and nothing says which "
        "one it is for.",
        'Name one of the circuits that the message lists: as "circuitId" in a line or a request; for files, '
        "in the name of the file or of a sub-folder.",
        exits=(1, 2),
        status=404,
    )
    UNKNOWN_JOB = _caller(
        "The service has no job with that id.",
        "Fetch results sooner: finished jobs are kept for --keep-seconds, and at most --keep-jobs of them.",
        status=404,
    )

    # ----- keys and circuits -----
    CALLDATA_CURVE = _caller(
        "Calldata exists only for bn128: snarkjs' verifier contract supports no other curve.",
        "Leave out --format calldata for this circuit.",
        exits=(1, 2),
    )
    CURVE_UNKNOWN = _caller(
        "A JSON file names a curve that is not supported.", "BN254 (bn128) and BLS12-381 are.", exits=(1, 2)
    )
    KEY_CHANGED = _operator(
        "The key file was changed during the run.", "Start the run again.", exits=(1,), again=True
    )
    KEY_CORRUPT = _operator(
        "The key is damaged.",
        "Copy it again, and compare its SHA-256 with that of the original.",
        exits=(1, 2),
        again=True,
    )
    KEY_CURVE = _operator(
        "The key is over a curve that is not supported.", "BN254 (bn128) and BLS12-381 are.", exits=(2,)
    )
    KEY_MISMATCH = _operator(
        "The key belongs to another circuit, or another version of it, than the witness or the .r1cs.",
        "Use files from the same build of the circuit.",
        exits=(1, 2),
    )
    KEY_PROTOCOL = _operator(
        "The key is for another proof system.",
        "Make one with snarkjs groth16, plonk or fflonk setup.",
    )
    KEY_TRUNCATED = _operator("The key file is cut off.", "Copy it again.")
    KEY_UNREADABLE = _operator(
        "The key cannot be read.", "Check its name and permissions.", exits=(1, 2), again=True
    )
    NO_CIRCUIT = _operator("No circuit was found.", "Give a folder that contains a .zkey, or ID=PATH.")
    NO_KEY = _operator("No key was found.", "Give it with --key FILE.zkey.")
    NO_R1CS = _operator("No .r1cs was found, or more than one.", "Give the circuit's with --r1cs FILE.")
    NO_SUCH_KEY = _operator(
        "No prepared key or calculator has a hash that begins with the given digits.",
        "Run prove-batch key list to see all of them.",
    )
    NO_WASM = _operator("No .wasm was found.", "Give the circuit's with --wasm FILE.")
    OTHER_KEY = _operator(
        "A job in the queue is for a key whose SHA-256 differs from this worker's.",
        "Give all producers and workers of a queue the same keys.",
        exits=(1,),
    )
    R1CS_CORRUPT = _operator(
        "The .r1cs is damaged.", "Compile the circuit or copy the file again.", exits=(1, 2), again=True
    )
    R1CS_CURVE = _operator(
        "The .r1cs is over a field that is not supported.",
        "BN254 (bn128) and BLS12-381 are.",
        exits=(1, 2),
        again=True,
    )
    R1CS_MISMATCH = _operator(
        "The .r1cs and the key belong to different circuits.",
        "Use files from the same build of the circuit.",
        exits=(1, 2),
        again=True,
    )
    R1CS_TOO_LARGE = _operator(
        "A gzipped .r1cs unpacks to more than the limit.",
        "Raise --max-r1cs if the file is right.",
        exits=(1, 2),
        again=True,
    )
    R1CS_TRUNCATED = _operator("The .r1cs is cut off.", "Copy it again.", exits=(1, 2), again=True)
    R1CS_UNREADABLE = _operator(
        "The .r1cs cannot be read.", "Check its name and permissions.", exits=(1, 2), again=True
    )
    SEVERAL_KEYS = _operator("There is more than one key.", "Choose one with --key FILE.zkey.")
    SEVERAL_WASM = _operator("There is more than one .wasm.", "Choose one with --wasm FILE.")
    SYMBOLS_UNREADABLE = _operator(
        "The .sym cannot be read.", "Make it again with circom --sym.", exits=(1, 2), again=True
    )
    TABLES_TOO_LARGE = _operator("--table-memory is too small for tables that would save time.", "Raise it.")
    VKEY_CORRUPT = _operator(
        "The verification key is damaged.",
        "Write it again with prove-batch key vkey.",
        exits=(1, 2),
        again=True,
    )
    VKEY_MISMATCH = _operator(
        "The verification key and the proving key come from different setups.",
        "Write the matching one with prove-batch key vkey.",
    )
    WASM_CORRUPT = _operator(
        "The .wasm is damaged.", "Compile the circuit or copy the file again.", exits=(1, 2), again=True
    )
    WASM_UNREADABLE = _operator(
        "The .wasm cannot be read.", "Check its name and permissions.", exits=(1, 2), again=True
    )
    WASM_UNSUPPORTED = _operator(
        "The .wasm is not a circom 2 witness calculator over a supported field.",
        "Give the .wasm that circom --wasm writes into NAME_js.",
        exits=(1, 2),
        again=True,
    )

    # ----- proofs and fixtures -----
    FILE_UNREADABLE = _caller(
        "A proof or its public signals cannot be read.",
        "Check the file's name and permissions.",
        exits=(1, 2),
    )
    FIXTURE_DIFFERS = _caller(
        "A fixture differs from what the inputs now produce.",
        "If the change is intended, make the fixtures again. If not, find out what changed.",
    )
    FIXTURE_MISSING = _caller("A fixture is missing.", "Make it with the same --seed.")
    JSON_CORRUPT = _caller("A JSON file is malformed.", "Write or copy it again.", exits=(1, 2))
    NO_FIXTURES = _operator("The folder of fixtures does not exist.", "Make it with -o and --seed.")
    NO_PROOF = _operator("No proof was found.", "Give a proof.json, or a folder of ID.proof.json files.")
    NO_PUBLIC = _operator("A proof was given without its public signals.", "Give its public.json as well.")
    PROOF_PROTOCOL = _caller(
        "The proof or the verification key is for another proof system.",
        "Give one for Groth16, PLONK or FFLONK.",
        exits=(1, 2),
    )
    RESULT_WRONG = _machine(
        "A worker on the queue returned something that is not a proof of the job.",
        "Look for workers of other software on the queue. Every result is verified before it is written.",
    )

    # ----- the command and its configuration -----
    BAD_ADDRESS = _operator("An address or a host name is malformed.", "Correct the named option.")
    BAD_COMMAND = _operator(
        "The command of the program to compare with cannot be used.", "See prove-batch bench --help."
    )
    BAD_NUMBER = _operator("The number is out of the option's range.", "Correct the named option.")
    BAD_OPTION = _operator("The option does not accept this value.", "Correct the named option.")
    BAD_ORIGIN = _operator("--cors-origin is not an origin.", "Write one like https://app.example.")
    BAD_QUEUE = _operator("BullMQ does not accept the queue's name.", "Leave out colons.")
    BAD_REDIS_URL = _operator(
        "The Redis URL is malformed.", "Write redis://[USER:PASSWORD@]HOST:PORT/DB or rediss://…"
    )
    BAD_SEED = _operator("The seed is empty.", "Give one, or leave --seed out.")
    BAD_SIZE = _operator("A size is malformed.", "Add a unit, as in 512MB or 2GB.")
    BAD_TOKEN_FILE = _operator(
        "The token file cannot be read, or a token in it is too short.",
        "Write one token per line, each made with openssl rand -hex 32.",
    )
    CONFIG_CORRUPT = _operator(
        "The file prove-batch.toml cannot be read or parsed.", "Correct the named line."
    )
    CONFIG_UNKNOWN = _operator(
        "The file prove-batch.toml sets an option that does not exist.", "Correct or remove it."
    )
    CPU_UNAVAILABLE = _operator(
        "PROVE_BATCH_CPU requires instructions that this processor lacks.",
        "Choose one of those listed, or unset it.",
    )
    EMPTY_DIRECTORY = _operator(
        "The folder contains nothing to prove.", "Give one with .wtns, .json or .jsonl files."
    )
    ENGINE_MISSING = _operator(
        "The native engine is required and not installed.",
        "Install a wheel for this platform, or a Rust compiler and then prove-batch again.",
    )
    EXTRA_MISSING = _operator("An optional part of prove-batch is not installed.", "Install the named extra.")
    MANIFEST_UNREADABLE = _operator(
        "The manifest, which --resume needs, cannot be read.",
        "Check its permissions, or start without --resume.",
    )
    NO_PEER = _operator("The program to compare with is not installed.", "Install it as the message says.")
    NO_REDIS = _operator(
        "No Redis server was given.", "Give --redis redis://HOST:PORT, or set PROVE_BATCH_REDIS."
    )
    NO_SECONDS = _operator(
        "The plan needs to know how long a proof takes.", "Give --seconds-per-proof or --witness."
    )
    NO_SOURCE = _operator(
        "Nothing was given to prove, or it does not exist.", "Give folders, files, or - for lines."
    )
    NO_WITNESS_ROOT = _operator("The witness root is not a folder.", "Correct --witness-root.")
    OPTIONS_CONFLICT = _operator(
        "Two options contradict each other, or an output would overwrite a file that is read.",
        "Leave one of them out, or name another file.",
    )
    OUTPUT_IN_USE = _operator(
        "Another run is writing to the folder.",
        "Wait until it has ended, or choose another folder with -o DIR.",
    )
    PEER_FAILED = _operator("The program to compare with failed.", "Run it by itself to see why.")
    PORT_IN_USE = _operator("The port is in use or not permitted.", "Choose another one.")
    REDIS_REFUSED = _operator(
        "Redis refused a command: the user lacks a permission, or the password is wrong.",
        "Grant the user of --redis the named permission (ACL SETUSER), or use other credentials.",
        exits=(2, 3),
    )
    REDIS_TOO_OLD = _operator("Redis is older than BullMQ needs.", "Use Redis 5 or newer.")

    # ----- the machine -----
    CACHE_FAILED = _machine(
        "The cache folder cannot be written to.",
        "Free some space, or set XDG_CACHE_HOME to another disk.",
        exits=(3,),
    )
    CANCELLED = _machine(
        "The job was cancelled because the program was shutting down.",
        "Send it again.",
        status=503,
    )
    DISK_FULL = _machine("The disk is full.", "Free some space and continue with --resume.", exits=(3,))
    DRAINING = _machine("The service is shutting down.", "Use another one, or retry later.", status=503)
    NO_TEMPORARY_FOLDER = _machine(
        "No folder for temporary files is writable.", "Set TMPDIR to one that is.", exits=(3,)
    )
    NO_WORKER = _machine("No worker can start.", "See prove-batch doctor, and try --workers 1.", exits=(1, 3))
    OUTPUT_NOT_WRITABLE = _machine(
        "Results cannot be written.",
        "Check the folder's permissions, or choose another with -o DIR.",
        exits=(1, 2, 3),
    )
    OUT_OF_MEMORY = _machine(
        "The system ran out of memory for the process.",
        "Run fewer workers, raise the named limit, or use a machine with more memory.",
        exits=(1, 3),
    )
    QUEUE_FAILED = _machine(
        "The queue lost a job, or a worker of other software failed it.",
        "Run the same command again.",
        exits=(1, 3),
    )
    QUEUE_FULL = _machine(
        "The service's queue is full.",
        "Retry after as many seconds as the Retry-After header says.",
        status=503,
    )
    REDIS_FAILED = _machine("Redis failed in an unexpected way.", "Look at its log.", exits=(3,))
    REDIS_UNREACHABLE = _machine(
        "Redis does not answer.",
        "Check that it is running and that --redis is right. Jobs in the queue stay there.",
        exits=(3,),
    )
    SOURCE_FAILED = _machine("Reading the jobs failed during the run.", "Continue with --resume.", exits=(3,))
    STALLED = _machine(
        "A job in the queue lost its worker too often.",
        "See --max-stalled of prove-batch work, and the workers' logs.",
    )
    TIMEOUT = _machine(
        "The proof took longer than the time limit.",
        "Raise --timeout, or run fewer proofs at a time.",
        status=504,
    )
    WORKER_CRASHED = _machine(
        "The worker crashed on this job each time it was tried.",
        "If memory is short, run fewer workers. If it happens with this job alone, report it.",
    )

    # ----- the program -----
    ENGINE_FAILED = _ours(
        "The native engine failed.", "Please report it, with the place that the message names."
    )
    INTERNAL = _ours(
        "Something unexpected happened.",
        "Please report it, with the place that the message names.",
        exits=(1, 3),
    )


CODES = {code.name: code for code in Code}
"""By name."""
