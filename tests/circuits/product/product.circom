pragma circom 2.0.0;

// a is public; a == 7 makes the assert fail at witness time.
template Product() {
    signal input a;
    signal input b[2][3];
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

component main {public [a]} = Product();
