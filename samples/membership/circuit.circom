pragma circom 2.0.0;

// Membership in a Merkle tree of depth 8 without telling which leaf, with a nullifier that a second
// use of the same secret would repeat. The compression function is x -> x^5 in a Miyaguchi-Preneel
// chain with counter constants: enough to make a circuit of the usual shape, NOT a vetted hash.

template Power5() {
    signal input in;
    signal output out;
    signal in2 <== in * in;
    signal in4 <== in2 * in2;
    out <== in4 * in;
}

// Encrypts `message` under `key` in `rounds` rounds and adds both to the result.
template Compress(rounds) {
    signal input key;
    signal input message;
    signal output out;
    signal state[rounds + 1];
    component power[rounds];
    state[0] <== message;
    for (var i = 0; i < rounds; i++) {
        power[i] = Power5();
        // a constant a round, different in every bit: powers of a fixed odd number
        power[i].in <== state[i] + key + 7919 ** (i + 3) + i;
        state[i + 1] <== power[i].out;
    }
    out <== state[rounds] + key + message;
}

// (left, right) in the order that the bit says, without a branch.
template Order() {
    signal input bit;
    signal input a;
    signal input b;
    signal output left;
    signal output right;
    bit * (bit - 1) === 0;
    signal moved <== bit * (b - a);
    left <== a + moved;
    right <== b - moved;
}

template Membership(depth, rounds) {
    signal input root;
    signal input topic;
    signal input secret;
    signal input siblings[depth];
    signal input path[depth];
    signal output nullifier;

    component leaf = Compress(rounds);
    leaf.key <== secret;
    leaf.message <== 1;

    component order[depth];
    component node[depth];
    signal level[depth + 1];
    level[0] <== leaf.out;
    for (var i = 0; i < depth; i++) {
        order[i] = Order();
        order[i].bit <== path[i];
        order[i].a <== level[i];
        order[i].b <== siblings[i];
        node[i] = Compress(rounds);
        node[i].key <== order[i].left;
        node[i].message <== order[i].right;
        level[i + 1] <== node[i].out;
    }
    root === level[depth];

    component tag = Compress(rounds);
    tag.key <== secret;
    tag.message <== topic;
    nullifier <== tag.out;
}

component main {public [root, topic]} = Membership(8, 42);
