// product.circom in circom 1 syntax: no pragma; private inputs are marked, the others of main are public.
template Product() {
    signal input a;
    signal private input b[2][3];
    signal output out;
    signal row[2];
    signal part[2];
    signal both;

    assert(a != 7);

    for (var i = 0; i < 2; i++) {
        part[i] <== b[i][0] * b[i][1];
        row[i] <== part[i] * b[i][2];
    }
    both <== (row[0] + a) * (row[1] - a);
    out <== a * both + 5;
}

component main = Product();
