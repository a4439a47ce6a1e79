;; Bridge between Python and a circom calculator. Each call from Python costs about 50 microseconds, so fetching a
;; witness of 62 000 signals one by one would take ten seconds. These loops run inside wasmtime instead: Python
;; writes to memory once, calls once, and reads from memory once.
(module
  (import "circuit" "init" (func $init (param i32)))
  (import "circuit" "getWitness" (func $getWitness (param i32)))
  (import "circuit" "readSharedRWMemory" (func $read (param i32) (result i32)))
  (import "circuit" "writeSharedRWMemory" (func $write (param i32 i32)))
  (import "circuit" "setInputSignal" (func $set (param i32 i32 i32)))
  (memory (export "memory") 1)

  ;; Sets `count` values of a signal from words at byte `at`, lowest word first. Returns the end of the words.
  (func $give (param $msb i32) (param $lsb i32) (param $at i32) (param $count i32) (param $words i32) (result i32)
    (local $i i32) (local $j i32)
    (block $done
      (loop $values
        (br_if $done (i32.ge_u (local.get $i) (local.get $count)))
        (local.set $j (i32.const 0))
        (loop $word
          (call $write (local.get $j) (i32.load (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (local.set $j (i32.add (local.get $j) (i32.const 1)))
          (br_if $word (i32.lt_u (local.get $j) (local.get $words))))
        (call $set (local.get $msb) (local.get $lsb) (local.get $i))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $values)))
    (local.get $at))

  ;; Puts `count` values of the witness at byte 0, lowest word first.
  (func $take (param $count i32) (param $words i32)
    (local $i i32) (local $j i32) (local $at i32)
    (block $done
      (loop $values
        (br_if $done (i32.ge_u (local.get $i) (local.get $count)))
        (call $getWitness (local.get $i))
        (local.set $j (i32.const 0))
        (loop $word
          (i32.store (local.get $at) (call $read (local.get $j)))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (local.set $j (i32.add (local.get $j) (i32.const 1)))
          (br_if $word (i32.lt_u (local.get $j) (local.get $words))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $values))))

  ;; Takes no parameters, because each costs Python 20 microseconds. At byte 0 there are four words: the address of
  ;; the table, its number of signals, the number of values in the witness, and the words per value. The values of
  ;; all signals follow from byte 16, one signal after another. For each signal, the table has the high and the low
  ;; word of its name's hash and its number of values. Leaves the witness at byte 0.
  (func (export "run")
    (local $table i32) (local $signals i32) (local $count i32) (local $words i32) (local $at i32)
    (local.set $table (i32.load (i32.const 0)))
    (local.set $signals (i32.load (i32.const 4)))
    (local.set $count (i32.load (i32.const 8)))
    (local.set $words (i32.load (i32.const 12)))
    (local.set $at (i32.const 16))
    (call $init (i32.const 0))
    (block $done
      (loop $each
        (br_if $done (i32.eqz (local.get $signals)))
        (local.set $at (call $give
          (i32.load (local.get $table)) (i32.load offset=4 (local.get $table))
          (local.get $at) (i32.load offset=8 (local.get $table)) (local.get $words)))
        (local.set $table (i32.add (local.get $table) (i32.const 12)))
        (local.set $signals (i32.sub (local.get $signals) (i32.const 1)))
        (br $each)))
    (call $take (local.get $count) (local.get $words))))
