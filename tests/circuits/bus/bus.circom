pragma circom 2.2.0;

bus Point() {
    signal x;
    signal y;
}

bus Note() {
    signal amount;
    Point() owners[2];
}

template Notes() {
    Note() input note;
    Point() input pair[3];
    signal input salt;
    signal output out;

    signal cross[3];
    signal owned[2];
    signal scaled;
    for (var i = 0; i < 3; i++) {
        cross[i] <== pair[i].x * pair[i].y;
    }
    for (var i = 0; i < 2; i++) {
        owned[i] <== note.owners[i].x * note.owners[i].y;
    }
    scaled <== note.amount * (owned[0] + 2 * owned[1]);
    out <== scaled * salt + cross[0] + 3 * cross[1] + 9 * cross[2];
}

component main = Notes();
