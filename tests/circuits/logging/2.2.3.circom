pragma circom 2.0.6;

template Logging() {
    signal input x;
    signal input y;
    signal output out;
    log("x is", x, "and y is", y);
    out <== x * y;
    log("product", out);
    log("only text");
    log(out + 1);
    log();
}

component main = Logging();
