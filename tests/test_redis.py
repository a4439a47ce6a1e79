"""A Redis that refuses, one that is not ready, and jobs in it that nobody can read: told at once, or waited
out."""

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path

import pytest
import redis
from conftest import Ran, command, needs_native, wait_for
from queueing import MEMBERSHIP, QUARTIC, Machine, Redis, machines
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from prover_cli.queue.connection import fault_of, is_passing, is_refused

pytestmark = needs_native
Runner = Callable[..., Ran]

WITNESS = QUARTIC / "witnesses" / "0000.wtns"
CIRCUIT = f"--circuit=quartic={QUARTIC}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Redis]:
    folder = tmp_path / "redis"
    folder.mkdir()
    started = Redis(folder)
    yield started
    started.stop()


def user(server: Redis, *rights: str) -> str:
    """The URL of a user with some rights."""
    server.order("ACL", "SETUSER", "prover", "reset", "on", ">right-one", *rights)
    return f"redis://prover:right-one@127.0.0.1:{server.port}"


COMMANDS = {
    "run": ("prove-batch", WITNESS, "--strategy", "queue", CIRCUIT, "-q"),
    "enqueue": ("prove-batch", "enqueue", WITNESS, CIRCUIT),
    "work": ("prove-batch", "work", CIRCUIT, "--workers", "1", "--prepare", "never"),
}

MISSING = {
    "info": "-info",
    "eval": "-@scripting",
    "xrevrange": "-xrevrange",
    "xread": "-xread",
    "xadd": "-xadd",
    "hmset": "-hmset -hset",
    "bzpopmin": "-bzpopmin",
    "setname": "-client|setname",
    "keys": "resetkeys ~other:*",
}
"""What is taken away from a user who may do anything."""

NAMED = {"setname": "client|setname", "keys": "~bull:*", "hmset": "hset", "eval": "eval"} | {
    name: name for name in ("info", "xrevrange", "xread", "xadd", "bzpopmin")
}
"""What the sentence names."""


NEEDED = {
    "run": ("info", "eval", "xrevrange", "xread", "xadd", "hmset", "keys"),
    "enqueue": ("info", "eval", "xrevrange", "xadd", "hmset", "keys"),
    "work": ("info", "eval", "bzpopmin", "setname", "keys"),
}


@pytest.mark.parametrize(
    ("which", "right"), [(name, right) for name, rights in NEEDED.items() for right in rights]
)
def test_a_right_that_is_missing_is_named_at_once(server: Redis, run: Runner, which: str, right: str) -> None:
    url = user(server, "+@all", "~*", "&*", *MISSING[right].split())
    server.client.config_resetstat()
    ran = run(*COMMANDS[which], "--redis", url)
    assert (ran.code in (2, 3), "[REDIS_REFUSED]" in ran.err) == (True, True), ran.err
    assert "right-one" not in ran.err + ran.out
    assert NAMED[right] in ran.err.lower()
    assert "INTERNAL" not in ran.err + ran.out
    assert len(ran.err.splitlines()) < 12, "and not again and again"
    refusals = sum(
        errors["count"] for errors in server.client.info("errorstats").values()
    )  # a script's are ERR
    assert 1 <= refusals < 20, "not tried again and again, as where a connection was lost"


def test_a_wrong_password_is_refused_before_anything_starts(server: Redis, run: Runner) -> None:
    user(server, "+@all", "~*", "&*")
    for words in COMMANDS.values():
        ran = run(*words, "--redis", f"redis://prover:wrong-one@127.0.0.1:{server.port}")
        assert (ran.code, "[REDIS_REFUSED]" in ran.err, "wrong-one" in ran.err) == (2, True, False), ran.err
        assert "refused the login: " in ran.err
        assert ". Pass the correct user and password with --redis [" in ran.err


@pytest.mark.parametrize("which", ["run", "work"])
def test_a_password_that_changes_meanwhile_ends_the_command(
    server: Redis, tmp_path: Path, which: str
) -> None:
    url = user(server, "+@all", "~*", "&*")
    program, *rest = map(str, COMMANDS[which])
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(
        [command(program), *rest, "--redis", url],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=log,
    )  # fmt: skip
    try:
        # The run waits for a worker, the worker for a job.
        there = {"run": lambda: server.count("wait") == 1, "work": lambda: "quartic; press Ctrl-C" in text()}

        def text() -> str:
            return (tmp_path / "log").read_text()

        wait_for(there[which])
        server.order("ACL", "SETUSER", "prover", "resetpass", ">another")
        server.order("CLIENT", "KILL", "USER", "prover")
        assert process.wait(300) == 3
        assert "[REDIS_REFUSED]" in text()
        assert len(text().splitlines()) < 12
    finally:
        process.kill()
        process.wait()
        log.close()


# ---- what passes


@contextlib.contextmanager
def read_only(server: Redis) -> Iterator[None]:
    """As after a failover, when the name still stands for the old server."""
    server.order("REPLICAOF", "127.0.0.1", "1")
    server.order("CONFIG", "SET", "replica-serve-stale-data", "yes")
    yield
    server.order("REPLICAOF", "NO", "ONE")


@contextlib.contextmanager
def out_of_memory(server: Redis) -> Iterator[None]:
    server.order("CONFIG", "SET", "maxmemory", "1")
    yield
    server.order("CONFIG", "SET", "maxmemory", "0")


@contextlib.contextmanager
def out_of_disk(server: Redis) -> Iterator[None]:
    """Its snapshot cannot be written, for a folder stands in the way, and so it takes no writes."""
    folder = Path(str(server.client.config_get("dir")["dir"])) / "dump.rdb"
    folder.mkdir()
    server.client.config_set("save", "3600 1000000")
    server.client.bgsave()
    wait_for(lambda: server.client.info("persistence")["rdb_last_bgsave_status"] == "err")
    with pytest.raises(ResponseError, match="MISCONF"):
        server.client.set("x", "y")
    yield
    folder.rmdir()
    server.client.bgsave()
    wait_for(lambda: server.client.info("persistence")["rdb_last_bgsave_status"] == "ok")


@pytest.mark.parametrize("trouble", [read_only, out_of_memory, out_of_disk])
def test_a_server_that_cannot_take_commands_for_a_while_is_waited_for(
    server: Redis, tmp_path: Path, trouble: Callable[[Redis], contextlib.AbstractContextManager[None]]
) -> None:
    with machines(Machine(server.url, CIRCUIT, cwd=tmp_path)) as (machine,):
        with trouble(server):
            process = subprocess.Popen(
                [command("prove-batch"), str(QUARTIC / "witnesses"), "--strategy", "queue", CIRCUIT,
                 "--redis", server.url, "--summary", "s.json", "-q"],
                cwd=tmp_path, stderr=subprocess.PIPE,
            )  # fmt: skip
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(4)
            assert machine.process.poll() is None
        _, err = process.communicate(timeout=600)
        assert process.returncode == 0, err
        assert json.loads((tmp_path / "s.json").read_text())["jobs"]["proved"] == 8
        assert len(machine.events("trouble")) < 20, "it does not fill the log meanwhile"
        assert machine.end() == 0


def test_what_redis_says_is_sorted_by_whether_time_mends_it() -> None:
    refused = [
        AuthenticationError("invalid username-password pair or user is disabled."),
        NoPermissionError("User prover has no permissions to run the 'xadd' command"),
        ResponseError("NOPERM User prover has no permissions to run the 'evalsha' command"),
        ResponseError(
            "ACL failure in script: User prover has no permissions to run the 'xadd' command script: …"
        ),
        ResponseError("unknown command 'BZPOPMIN', with args beginning with: 'bull:proofs:marker'"),
        ResponseError("NOAUTH Authentication required."),
    ]
    passing = [
        BusyLoadingError("Redis is loading the dataset in memory"),
        ReadOnlyError("You can't write against a read only replica."),
        OutOfMemoryError("command not allowed when used memory > 'maxmemory'."),
        TryAgainError("Multiple keys request during rehashing of slot"),
        ResponseError("MISCONF Redis is configured to save RDB snapshots, but …"),
        ResponseError("MISCONF Errors writing to the AOF file: No space left on device script: …"),
        ResponseError("Error running script: @user_script:4: -READONLY You can't write against a replica."),
    ]
    for error in refused:
        assert (is_refused(error), is_passing(error)) == (True, False), error
        assert fault_of("redis://u:secret@h", error).code == "REDIS_REFUSED"
    for error in passing:
        assert (is_refused(error), is_passing(error)) == (False, True), error
        assert fault_of("redis://u:secret@h", error).code == "REDIS_UNREACHABLE"
    for other in (ResponseError("WRONGTYPE Operation against a key"), ValueError("x")):
        assert (is_refused(other), is_passing(other)) == (False, False)
        assert fault_of("redis://u:secret@h", other).code == "REDIS_FAILED"
    assert fault_of("redis://u:secret@h", RedisConnectionError("gone")).code == "REDIS_UNREACHABLE"
    assert all(
        "secret" not in fault_of("redis://u:secret@h", error).message for error in [*refused, *passing]
    )


def test_a_key_of_another_kind_in_the_queues_place_ends_the_run_in_words(server: Redis, run: Runner) -> None:
    server.client.set("bull:proofs:wait", "a string")
    ran = run("prove-batch", WITNESS, "--strategy", "queue", CIRCUIT, "--redis", server.url, "-q")
    assert ran.code in (2, 3)
    assert "WRONGTYPE" in ran.err
    assert "INTERNAL" not in ran.err


# ---- jobs that nobody can read


def put_raw(server: Redis, name: str, fields: Mapping[str, str | bytes]) -> None:
    """A job as another program may have written it, without asking BullMQ."""
    raw = redis.Redis(port=server.port)
    raw.hset(f"bull:proofs:{name}", items=[*["name", "prove", "timestamp", "1"], *chain(*fields.items())])
    raw.lpush("bull:proofs:wait", name)
    raw.zadd("bull:proofs:marker", {"0": 0})
    raw.close()


MALFORMED: dict[str, dict[str, str | bytes]] = {
    "no-json": {"data": "{not json", "opts": "{}"},
    "bytes": {"data": b'{"circuitId": "\xff\xfe"', "opts": "{}"},
    "options": {"data": "{}", "opts": "[]"},
    "options-text": {"data": "{}", "opts": "nonsense"},
    "attempts": {"data": "{}", "opts": '{"attempts": "many"}'},
    "backoff": {"data": "{}", "opts": '{"attempts": 3, "backoff": "soon"}'},
    "kept": {"data": "{}", "opts": '{"removeOnFail": "yes"}'},
    "deep": {"data": "[" * 100_000, "opts": "{}"},
    "a-list": {"data": "[1, 2]", "opts": "{}"},
    "a-number": {"data": "7", "opts": "{}"},
    "no-witness": {"data": '{"circuitId": "quartic"}', "opts": "{}"},
    "numbers": {"data": "{}", "opts": "{}", "timestamp": "never", "priority": "x", "delay": "y"},
    "surrogate": {"data": '{"id": "\\ud800", "circuitId": "quartic", "witness": "x"}', "opts": "{}"},
    "circuit-bytes": {"data": b'{"circuitId": "\xff", "witness": "x"}', "opts": "{}"},
}


def test_jobs_that_cannot_be_read_fail_at_once(server: Redis, tmp_path: Path, run: Runner) -> None:
    """Their locks run out after 1000 s, which is longer than this test waits."""
    for name, fields in MALFORMED.items():
        put_raw(server, name, fields)
    with machines(
        Machine(server.url, f"--circuit=membership={MEMBERSHIP}", CIRCUIT, "--lock", 1000, cwd=tmp_path)
    ) as (machine,):
        wait_for(lambda: server.count("failed") == len(MALFORMED))
        assert server.count("active") == server.count("wait") == 0
        reasons = {name: server.field(f"bull:proofs:{name}", "failedReason") for name in MALFORMED}
        assert all(reason and reason.endswith("]") for reason in reasons.values()), reasons
        assert {name for name, reason in reasons.items() if "[BAD_REQUEST]" in str(reason)} >= {
            "no-json", "bytes", "options", "options-text", "attempts", "deep", "a-list", "a-number",
            "numbers",
        }  # fmt: skip
        assert "[BAD_ID]" in str(reasons["surrogate"])
        ran = run("prove-batch", QUARTIC / "witnesses", "--strategy", "queue", CIRCUIT, "--redis", server.url)
        assert (ran.code, "8 proved" in ran.err) == (0, True), ran.err
        assert machine.end() == 0
    assert {event["job"] for event in machine.events("job_failed")} == set(MALFORMED)
