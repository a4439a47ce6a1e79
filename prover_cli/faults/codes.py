"""Every code that a fault can have: whose fault it is, what it means, what to do.

One table, from which exit codes, HTTP statuses, the queue's decision whether to try again, and the
documentation are made. A code is stable: programs go by it.
"""

from __future__ import annotations

from enum import Enum, unique


class Blame(Enum):
    """Who can mend a fault."""

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
    """A kind of fault. Its name is what users and programs see."""

    def __init__(
        self, blame: Blame, exits: tuple[int, ...], status: int, again: bool, means: str, do: str
    ) -> None:
        self.blame = blame
        self.exits = exits
        """Exit codes that a command can end with because of it: 1 where it costs only its job, 2 where
        nothing was started, 3 where the machine or the program failed in the course."""
        self.status = status
        """Of the HTTP answer that tells it."""
        self.again = again
        """Whether the same job may succeed when it is tried again, with nothing changed."""
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
        "An assert of the circuit does not hold for these inputs.",
        "Check the inputs against what the named line of the circuit asks for.",
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
        "A pipe holds more than an input may have.", "Write the input to a file and give the file's name."
    )
    INPUT_UNKNOWN = _caller(
        "The input names a signal that the circuit does not have.",
        "Correct or remove the name; the message suggests one that is close.",
    )
    INPUT_UNREADABLE = _caller(
        "The file of an input cannot be read.",
        "Check its name, its permissions and that it is a regular file.",
    )
    INPUT_UNSUPPORTED = _caller(
        "A job has an input, but its circuit has no calculator (.wasm) here.",
        "Put the circuit's .wasm beside its key, or send a witness.",
        exits=(1, 2),
    )
    INPUT_VALUE = _caller(
        "A value of the input is not a whole number.",
        "Write an integer, or a string of digits or of 0x and hex digits.",
    )

    # ----- witnesses -----
    BAD_WITNESS = _caller(
        'The "witness" of a job is in none of the forms that are taken.',
        "Give a path that ends in .wtns, base64 of a .wtns, or an array of decimal strings.",
    )
    WITNESS_CORRUPT = _caller(
        "The witness is not a well-formed .wtns file.", "Calculate it again.", exits=(1, 2)
    )
    WITNESS_COUNT = _caller(
        "The witness has another number of values than the key has signals.",
        "Use the witness and the key of the same version of the circuit.",
        exits=(1, 2),
    )
    WITNESS_CRASHED = _operator(
        "The circuit's calculator ended with an error of its own.",
        "Compile the circuit again; if it goes on, report it with the circuit.",
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
        "The circuit's calculator needs more memory than it may have.",
        "Let fewer workers run, or use a machine with more memory.",
    )
    WITNESS_NOT_REDUCED = _caller(
        "A value of the witness is not below the prime of the circuit's field.",
        "Make the witness again with the circuit's own calculator.",
        exits=(1, 2),
    )
    WITNESS_TIMEOUT = _machine(
        "The witness was not calculated within the time limit.",
        "Raise --timeout, or check the inputs: the circuit may loop without end on them.",
        status=504,
    )
    WITNESS_TOO_LARGE = _caller(
        "The witness has more bytes than a witness of the circuit can have.",
        "Check that it is a witness of this circuit.",
        status=413,
    )
    WITNESS_TRUNCATED = _caller(
        "The witness ends before it should: it was cut off.", "Calculate or copy it again.", exits=(1, 2)
    )
    WITNESS_UNREADABLE = _caller(
        "The file of a witness cannot be read.",
        "Check its name, its permissions and that it is a regular file.",
        exits=(1, 2),
    )
    WITNESS_UNSATISFIED = _caller(
        "The proof made from the witness does not hold: the witness breaks a "
        "constraint, or the key is damaged.",
        "Put the circuit's .r1cs beside the key: the constraint is then named, or the key.",
        exits=(1, 2),
        status=422,
    )

    # ----- jobs, lines and requests -----
    BAD_ID = _caller(
        "An id or a name cannot be used: it is not valid Unicode, or cannot be the name of a file.",
        "Give another id, or write lines with -o -.",
        exits=(1, 2),
    )
    BAD_LINE = _caller("A line is not a job.", "Write one JSON object a line, as the documentation shows.")
    BAD_REQUEST = _caller(
        "A request or a job of the queue is not in the form that is taken.",
        "Send JSON as the service's description at /openapi.json, or the documentation, says.",
    )
    BODY_TOO_LARGE = _caller(
        "The body of a request is larger than any witness of a circuit here.",
        "Send base64 instead of decimals, or have the operator raise --max-body.",
        status=413,
    )
    BODY_TOO_SLOW = _caller(
        "The body of a request came too slowly, and its place went to another.",
        "Send it again over a faster connection.",
        status=408,
    )
    DUPLICATE_ID = _caller("An earlier job of the run has the same id.", "Give each job an id of its own.")
    GZIP_DAMAGED = _caller("Packed lines cannot be unpacked.", "Pack or copy the file again.")
    HOST_REFUSED = _caller(
        "The service was asked by a name that it does not answer to.",
        "Use its address or localhost, or have the operator give --allowed-host.",
        status=403,
    )
    LINE_TOO_LONG = _caller(
        "A line is longer than any that is taken.", "Write large witnesses to files and give their paths."
    )
    METHOD_NOT_ALLOWED = _caller(
        "The path takes another HTTP method.", "See /openapi.json for the methods of each path.", status=405
    )
    NOT_FOUND = _caller(
        "The service has no such path.", "See /openapi.json for the paths it has.", status=404
    )
    ORIGIN_REFUSED = _caller(
        "A page of another origin asked.",
        "Have the operator name the page's origin with --cors-origin, or use a token.",
        status=403,
    )
    PATH_REFUSED = _caller(
        "The job names a path, and paths are not taken, or this one lies outside of the witness root.",
        "Send the witness as base64, or have the operator give --witness-root.",
    )
    SOURCE_UNREADABLE = _caller(
        "A file or folder of jobs cannot be read.", "Check its name and permissions.", exits=(1, 2)
    )
    TYPE_REFUSED = _caller(
        "A request without a token has a content type that any page may send.",
        "Send it with Content-Type: application/json.",
        status=415,
    )
    UNAUTHORIZED = _caller(
        "The service asks for a bearer token.", "Send it as Authorization: Bearer TOKEN.", status=401
    )
    UNKNOWN_CIRCUIT = _caller(
        "The job names a circuit that has no key here, or names none where there are several.",
        'Give "circuitId", one of those that the message lists.',
        status=404,
    )
    UNKNOWN_JOB = _caller(
        "The service knows no job of that id.",
        "Ask sooner: finished jobs are kept for --keep-seconds and up to --keep-jobs.",
        status=404,
    )

    # ----- keys and circuits -----
    CALLDATA_CURVE = _caller(
        "Calldata was asked for, and snarkjs' verifier contract is for bn128 alone.",
        "Leave --format calldata out for this circuit; Solidity verifiers are for bn128 alone.",
        exits=(1, 2),
    )
    CURVE_UNKNOWN = _caller(
        "A JSON file names a curve that is not supported.", "BN254 (bn128) and BLS12-381 are.", exits=(1, 2)
    )
    KEY_CHANGED = _operator(
        "Somebody wrote into the key during the run.", "Start the run again.", exits=(1,), again=True
    )
    KEY_CORRUPT = _operator(
        "The key is damaged.",
        "Copy it again, and compare its SHA-256 with the original's.",
        exits=(1, 2),
        again=True,
    )
    KEY_CURVE = _operator(
        "The key is over a curve that is not supported.", "BN254 (bn128) and BLS12-381 are.", exits=(2,)
    )
    KEY_MISMATCH = _operator(
        "The key is of another circuit, or of another version of it, than the witness or the .r1cs.",
        "Use the files of one build of the circuit together.",
        exits=(1, 2),
    )
    KEY_PROTOCOL = _operator(
        "The key is for another proof system.", "Make a Groth16 key with snarkjs groth16 setup."
    )
    KEY_TRUNCATED = _operator("The key ends before it should.", "Copy it again.")
    KEY_UNREADABLE = _operator(
        "The key cannot be read.", "Check its name and permissions.", exits=(1, 2), again=True
    )
    NO_CIRCUIT = _operator(
        "No circuit is where one was looked for.", "Give folders that each hold a .zkey, or ID=PATH."
    )
    NO_KEY = _operator("No key is where one was looked for.", "Give it with --key FILE.zkey.")
    NO_R1CS = _operator(
        "No single .r1cs is where one was looked for.", "Give the circuit's with --r1cs FILE."
    )
    NO_SUCH_KEY = _operator(
        "No prepared key's hash begins as given.", "Run prove-batch key list to see them all."
    )
    NO_WASM = _operator("No .wasm is where one was looked for.", "Give the circuit's with --wasm FILE.")
    OTHER_KEY = _operator(
        "A job of the queue is for a key with another SHA-256 than this worker's.",
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
        "The .r1cs is of another circuit than the key.",
        "Use the files of one build of the circuit.",
        exits=(1, 2),
        again=True,
    )
    R1CS_TOO_LARGE = _operator(
        "A packed .r1cs unpacks to more than is taken.",
        "Raise --max-r1cs if the file is right.",
        exits=(1, 2),
        again=True,
    )
    R1CS_TRUNCATED = _operator("The .r1cs ends before it should.", "Copy it again.", exits=(1, 2), again=True)
    R1CS_UNREADABLE = _operator(
        "The .r1cs cannot be read.", "Check its name and permissions.", exits=(1, 2), again=True
    )
    SEVERAL_KEYS = _operator("More than one key lies there.", "Choose one with --key FILE.zkey.")
    SEVERAL_WASM = _operator("More than one .wasm lies there.", "Choose one with --wasm FILE.")
    SYMBOLS_UNREADABLE = _operator(
        "The .sym cannot be read.", "Make it again with circom --sym.", exits=(1, 2), again=True
    )
    TABLES_TOO_LARGE = _operator(
        "The memory given leaves no room for tables that save work.", "Give more with --table-memory."
    )
    VKEY_CORRUPT = _operator(
        "The verification key is damaged.",
        "Write it again with prove-batch key vkey.",
        exits=(1, 2),
        again=True,
    )
    VKEY_MISMATCH = _operator(
        "The verification key belongs to another setup than the proving key.",
        "Write the right one with prove-batch key vkey.",
    )
    WASM_CORRUPT = _operator(
        "The .wasm is damaged.", "Compile the circuit or copy the file again.", exits=(1, 2), again=True
    )
    WASM_UNREADABLE = _operator(
        "The .wasm cannot be read.", "Check its name and permissions.", exits=(1, 2), again=True
    )
    WASM_UNSUPPORTED = _operator(
        "The .wasm is not a witness calculator of circom 2 over a supported field.",
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
        "A fixture is not what the inputs make now.",
        "Make the fixtures again if the change is meant; else look for what changed.",
    )
    FIXTURE_MISSING = _caller("A fixture is not there.", "Make it with the same --seed.")
    JSON_CORRUPT = _caller("A JSON file is not what it should be.", "Write or copy it again.", exits=(1, 2))
    NO_FIXTURES = _operator("The folder of fixtures is not there.", "Make it with -o and --seed.")
    NO_PROOF = _operator(
        "No proof is where one was looked for.", "Give a proof.json, or a folder of ID.proof.json."
    )
    NO_PUBLIC = _operator("A proof was given without its public signals.", "Give its public.json as well.")
    PROOF_PROTOCOL = _caller(
        "The proof or the verification key is of another proof system.", "Give one of Groth16.", exits=(1, 2)
    )
    RESULT_WRONG = _machine(
        "What the queue gave as a result is not a proof of the job.",
        "Look for workers of another make on the queue; every result is verified before it is written.",
    )

    # ----- the command and its configuration -----
    BAD_ADDRESS = _operator("A host or a name is not one.", "Correct the named option.")
    BAD_COMMAND = _operator("The peer's command cannot be used.", "See prove-batch bench --help.")
    BAD_NUMBER = _operator("An option's number is not one that it takes.", "Correct the named option.")
    BAD_OPTION = _operator("An option's value is not one that it takes.", "Correct the named option.")
    BAD_ORIGIN = _operator("--cors-origin is not an origin.", "Write one like https://app.example.")
    BAD_QUEUE = _operator("The queue's name is not one that BullMQ takes.", "Leave colons out of it.")
    BAD_REDIS_URL = _operator(
        "The URL of Redis is not one.", "Write redis://[USER:PASSWORD@]HOST:PORT/DB or rediss://…"
    )
    BAD_SEED = _operator("The seed is empty.", "Give one, or leave --seed out.")
    BAD_SIZE = _operator("A size is not one.", "Write 512MB or 2GB.")
    BAD_TOKEN_FILE = _operator(
        "The file of tokens cannot be read, or a token in it is too short.",
        "Write one token a line, each made with openssl rand -hex 32.",
    )
    CONFIG_CORRUPT = _operator("The file prove-batch.toml cannot be read.", "Correct the named line.")
    CONFIG_UNKNOWN = _operator(
        "The file prove-batch.toml has an option that no run has.", "Correct or remove it."
    )
    CPU_UNAVAILABLE = _operator(
        "PROVE_BATCH_CPU asks for what this processor does not have.",
        "Choose one of those listed, or unset it.",
    )
    EMPTY_DIRECTORY = _operator("The folder has nothing to prove.", "Give one with .wtns or .json files.")
    ENGINE_MISSING = _operator(
        "The native engine was asked for and is not installed.",
        "Install a wheel for this platform, or a Rust compiler and then prove-batch again.",
    )
    EXTRA_MISSING = _operator(
        "A part of prove-batch that is optional is not installed.", "Install the named extra."
    )
    MANIFEST_UNREADABLE = _operator(
        "The manifest that --resume goes by cannot be read.",
        "Check its permissions, or start without --resume.",
    )
    NO_PEER = _operator("What is to be compared with is not installed.", "Install it as the message says.")
    NO_REDIS = _operator("No Redis was named.", "Give --redis redis://HOST:PORT, or set PROVE_BATCH_REDIS.")
    NO_SECONDS = _operator("The plan needs the time of a proof.", "Give --seconds-per-proof or --witness.")
    NO_SOURCE = _operator(
        "Nothing was given to prove, or it does not exist.", "Give folders, files, or - for lines."
    )
    NO_WITNESS_ROOT = _operator("The witness root is not a folder.", "Correct --witness-root.")
    OPTIONS_CONFLICT = _operator("Two options do not go together.", "Leave one of them out.")
    OUTPUT_IN_USE = _operator(
        "Another run is writing into the folder.", "Wait until it has ended, or give another with -o DIR."
    )
    PEER_FAILED = _operator("What is compared with failed.", "Run it by itself to see why.")
    PORT_IN_USE = _operator("The port cannot be listened on.", "Give another one.")
    REDIS_REFUSED = _operator(
        "Redis refused a command: its user lacks a right, or the password is wrong.",
        "Give the user of --redis the named right (ACL SETUSER), or give another user and password.",
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
        "The job was given up before it was done, because the program was ending.",
        "Send it again.",
        status=503,
    )
    DISK_FULL = _machine("The disk is full.", "Make room and go on with --resume.", exits=(3,))
    DRAINING = _machine("The service is ending.", "Ask another one, or again later.", status=503)
    NO_TEMPORARY_FOLDER = _machine(
        "No folder for temporary files can be written to.", "Set TMPDIR to one that can.", exits=(3,)
    )
    NO_WORKER = _machine("No worker can start.", "See prove-batch doctor, and try --workers 1.", exits=(1, 3))
    OUTPUT_NOT_WRITABLE = _machine(
        "Results cannot be written there.",
        "Check the folder's permissions, or choose another with -o DIR.",
        exits=(1, 2, 3),
    )
    OUT_OF_MEMORY = _machine(
        "The system has no more memory for the process.",
        "Let fewer workers run, raise the limit that is named, or use a machine with more memory.",
        exits=(1, 3),
    )
    QUEUE_FAILED = _machine(
        "The queue lost a job, or a worker of another make failed it.",
        "Run the same command again.",
        exits=(1, 3),
    )
    QUEUE_FULL = _machine(
        "Every place of the service is taken.",
        "Come again in as many seconds as Retry-After says.",
        status=503,
    )
    REDIS_FAILED = _machine("Redis failed in a way that is not known.", "Look at its log.", exits=(3,))
    REDIS_UNREACHABLE = _machine(
        "Redis does not answer.",
        "Check that it is up and that --redis is right; what is in the queue stays there.",
        exits=(3,),
    )
    SOURCE_FAILED = _machine(
        "Reading the jobs failed in the course of the run.", "Go on with --resume.", exits=(3,)
    )
    STALLED = _machine(
        "A job of the queue lost its machine too often.",
        "See --max-stalled of prove-batch work, and the machines' logs.",
    )
    TIMEOUT = _machine(
        "The proof was not done within the time limit.",
        "Raise --timeout, or let fewer proofs run at a time.",
        status=504,
    )
    WORKER_CRASHED = _machine(
        "The worker ended with this job, each time it was tried.",
        "Let fewer workers run if memory is short; if it goes on with this job alone, report it.",
    )

    # ----- the program -----
    ENGINE_FAILED = _ours(
        "The native engine failed.", "Please report it, with the place that the message names."
    )
    INTERNAL = _ours(
        "Something happened that nobody foresaw.",
        "Please report it, with the place that the message names.",
        exits=(1, 3),
    )


CODES = {code.name: code for code in Code}
"""By name."""
