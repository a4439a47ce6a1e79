pragma circom 2.0.6;
pragma custom_templates;

// A custom gate has no constraints of its own.
template custom Scale(k) {
    signal input in;
    signal output out;
    out <-- k * in;
}

template custom Mix() {
    signal input left;
    signal input right;
    signal output out;
    out <-- left * left + right;
}

template Custom() {
    signal input x;
    signal input y;
    signal output out;

    component twice = Scale(2);
    component thrice = Scale(3);
    component mix = Mix();
    twice.in <== x;
    thrice.in <== y;
    mix.left <== twice.out;
    mix.right <== thrice.out;
    out <== mix.out * x;
}

component main = Custom();
