// gnark CURVE VKEY PROOF PUBLIC: reads the three files to their ends, checks that gnark writes the same bytes,
// and prints what it says of the proof.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/witness"
)

type readWriter interface {
	io.ReaderFrom
	io.WriterTo
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func read(path string, value readWriter) {
	data, err := os.ReadFile(path)
	must(err)
	taken, err := value.ReadFrom(bytes.NewReader(data))
	must(err)
	var again bytes.Buffer
	_, err = value.WriteTo(&again)
	must(err)
	if int(taken) != len(data) || !bytes.Equal(data, again.Bytes()) {
		panic(fmt.Sprintf("%s: %d of %d bytes read, and gnark writes %d", path, taken, len(data), again.Len()))
	}
}

func main() {
	curve := ecc.BLS12_381
	if os.Args[1] == "bn128" {
		curve = ecc.BN254
	}
	key, proof := groth16.NewVerifyingKey(curve), groth16.NewProof(curve)
	public, err := witness.New(curve.ScalarField())
	must(err)
	read(os.Args[2], key)
	read(os.Args[3], proof)
	read(os.Args[4], public)
	if groth16.Verify(proof, key, public) == nil {
		fmt.Println("valid")
	} else {
		fmt.Println("invalid")
	}
}
