;; Between Python and a circom calculator. Each call from Python costs some 20 microseconds, so a witness of 62 000
;; signals fetched one by one takes ten seconds; these loops stay inside, and Python reads or writes one memory once.
(module
  (import "circuit" "getWitness" (func $getWitness (param i32)))
  (import "circuit" "readSharedRWMemory" (func $read (param i32) (result i32)))
  (import "circuit" "writeSharedRWMemory" (func $write (param i32 i32)))
  (import "circuit" "setInputSignal" (func $set (param i32 i32 i32)))
  (memory (export "memory") 1)

  ;; Sets `count` values of a signal from words at byte `at`, lowest word first.
  (func (export "give") (param $msb i32) (param $lsb i32) (param $at i32) (param $count i32) (param $words i32)
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
        (br $values))))

  ;; Puts `count` values of the witness at byte 0, lowest word first.
  (func (export "take") (param $count i32) (param $words i32)
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
        (br $values)))))
