pragma circom 2.0.0;

// Control flow, indices and functions that depend on inputs.

// Returns early, in branches that can be converted.
function sign(x) {
    if (x < 0) {
        return -1;
    }
    if (x == 0) {
        return 0;
    }
    return 1;
}

// Its loop ends when the inputs say so.
function gcd(a, b) {
    while (b != 0) {
        var rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// Long division of small digits: loops and indices on inputs, and a function that is called by another.
function digits(x, base) {
    var found[16];
    var count = 0;
    while (x > 0 && count < 15) {
        found[count] = x % base;
        x = x \ base;
        count++;
    }
    found[15] = gcd(count, base);
    return found;
}

function greater(a, b) {
    for (var i = 3; i >= 0; i--) {
        if (a[i] > b[i]) {
            return 1;
        }
        if (a[i] < b[i]) {
            return 0;
        }
    }
    return 0;
}

template IsZero() {
    signal input in;
    signal output out;
    signal inverse;
    inverse <-- in != 0 ? 1 / in : 0;
    out <== -in * inverse + 1;
    in * out === 0;
}

template Same() {
    signal input in[4];
    signal output out[4];
    out <== in;
}

template Control() {
    signal input x;
    signal input y;
    signal input k;
    signal input a[4];
    signal input b[4];
    signal input none[0];
    signal output signs;
    signal output common;
    signal output cut[16];
    signal output order;
    signal output read;
    signal output both;
    signal output changed[4];
    signal output arms[3];
    signal output zero;

    signs <-- sign(x - y);
    common <-- gcd(x & 65535, y & 1023);
    var found[16] = digits(x & 1048575, 10);
    for (var i = 0; i < 16; i++) {
        cut[i] <-- found[i];
    }
    order <-- greater(a, b);

    var table[8] = [3, 1, 4, 1, 5, 9, 2, 6];
    read <-- table[k & 7];
    var grid[2][3];
    for (var i = 0; i < 2; i++) {
        for (var j = 0; j < 3; j++) {
            grid[i][j] = 10 * i + j + a[j];
        }
    }
    both <-- grid[k & 1][(k >> 1) % 3];
    var list[4] = [1, 2, 3, 4];
    list[k & 3] = x;
    for (var i = 0; i < 4; i++) {
        changed[i] <-- list[i];
    }

    var p = 1;
    var q = 2;
    if (x > y) {
        p = x \ (y + 1);
        if (k == 2) {
            q = p * p;
            assert(x != 1234);
        } else {
            q = q + k;
        }
    } else {
        if (k != 0) {
            p = y % k;
        }
    }
    arms[0] <-- p;
    arms[1] <-- q;
    arms[2] <-- (k > 2 ? x : y) * (k == 1 ? 2 : 3);
    log("arms", p, q);

    component same = Same();
    same.in <== a;
    same.out === a;
    component is = IsZero();
    is.in <== x - y;
    zero <== is.out;
    assert(k < 1000);
}

component main = Control();
