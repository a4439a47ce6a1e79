pragma circom 2.0.0;

template Logging() {
    signal input x;
    signal input y;
    signal output out;
    log(x);
    log(y);
    out <== x * y;
    log(out);
    log(out + 1);
}

component main = Logging();
