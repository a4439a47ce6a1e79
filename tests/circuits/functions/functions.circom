pragma circom 2.0.0;

// Loops and indices of functions that depend on inputs.
function gcd(a, b) {
    while (b != 0) {
        var rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

function spelled(letters, number) {
    var found[4];
    var count = 0;
    while (number > 0 && count < 4) {
        found[count] = letters[number % 3];
        number = number \ 3;
        count++;
    }
    return found;
}

template Functions() {
    signal input x;
    signal input y;
    signal input letters[3];
    signal output common;
    signal output found[4];

    assert(x != 7);
    common <-- gcd(x, y);
    var word[4] = spelled(letters, gcd(y, 1000));
    for (var i = 0; i < 4; i++) {
        found[i] <-- word[i];
    }
    signal product <== x * y;
}

component main = Functions();
