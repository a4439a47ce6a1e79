pragma circom 2.0.0;

// "I know x with x^4 + k*x + 5 = y", for a public k and y: the same circuit as quartic, with a key for
// FFLONK.
template Quartic() {
    signal input k;
    signal input x;
    signal output y;

    signal x2 <== x * x;
    signal x4 <== x2 * x2;
    signal kx <== k * x;
    y <== x4 + kx + 5;
}

component main {public [k]} = Quartic();
