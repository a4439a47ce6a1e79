pragma circom 2.0.0;

// Every operator on inputs, and on an input and a constant.
template Operators() {
    signal input a;
    signal input b;
    signal output out[40];
    var d = b == 0 ? 1 : b;
    out[0] <-- a + b;
    out[1] <-- a - b;
    out[2] <-- a * b;
    out[3] <-- a / b;
    out[4] <-- -a;
    out[5] <-- a \ d;
    out[6] <-- a % d;
    out[7] <-- a ** b;
    out[8] <-- a << b;
    out[9] <-- a >> b;
    out[10] <-- a & b;
    out[11] <-- a | b;
    out[12] <-- a ^ b;
    out[13] <-- ~a;
    out[14] <-- a == b;
    out[15] <-- a != b;
    out[16] <-- a < b;
    out[17] <-- a > b;
    out[18] <-- a <= b;
    out[19] <-- a >= b;
    out[20] <-- a && b;
    out[21] <-- a || b;
    out[22] <-- !a;
    out[23] <-- a < b ? a : b;
    out[24] <-- a << 3;
    out[25] <-- a >> 200;
    out[26] <-- (a >> 7) & 1;
    out[27] <-- a & 255;
    out[28] <-- a ** 5;
    out[29] <-- a \ 1000;
    out[30] <-- 1000 % d;
    out[31] <-- a << -4;
    out[32] <-- a * 2 - (b >> 1 & 1) * b;
    out[33] <-- (a & 1) * (b & 1) + (a & 1 ^ b & 1);
    out[34] <-- (a == 3) * (a == 3) + !(a == 3);
    out[35] <-- a / 7;
    out[36] <-- (a == b) == (b == a);
    out[37] <-- 2 ** (a & 255);
    out[38] <-- a - a + 0 * b;
    out[39] <-- (a < 0) ? -a : a;
}

component main = Operators();
