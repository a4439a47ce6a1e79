pragma circom 2.0.0;

// Arrays that are written at places that depend on inputs, with loop counters and other variables behind them.

function histogram(x) {
    var found[4];
    for (var i = 0; i < 6; i++) {
        found[x[i] & 3] += i + 1;
    }
    return found;
}

// The places change places: a permutation by swaps, as in a shuffle.
function shuffled(x) {
    var cards[8];
    for (var i = 0; i < 8; i++) {
        cards[i] = i;
    }
    for (var i = 0; i < 6; i++) {
        var j = x[i] % 8;
        var card = cards[i];
        cards[i] = cards[j];
        cards[j] = card;
    }
    return cards;
}

template Tables() {
    signal input x[6];
    signal output counts[4];
    signal output cards[8];
    signal output square[3][2];
    signal output places[4];

    var found[4] = histogram(x);
    var order[8] = shuffled(x);
    for (var i = 0; i < 4; i++) {
        counts[i] <-- found[i];
    }
    for (var i = 0; i < 8; i++) {
        cards[i] <-- order[i];
    }
    // Two indices.
    var grid[3][2];
    for (var i = 0; i < 6; i++) {
        grid[x[i] % 3][x[5 - i] & 1] += x[i];
    }
    for (var i = 0; i < 3; i++) {
        for (var j = 0; j < 2; j++) {
            square[i][j] <-- grid[i][j];
        }
    }
    // Places from comparisons, from what was found at other places, and from parts of a value.
    var seen[4];
    for (var i = 0; i < 5; i++) {
        seen[(x[i] < x[i + 1]) + 2 * (x[i] == x[0])] = i;
        seen[order[x[i] & 7] & 3] ^= 1 + i;
        seen[(x[i] >> 3) & 1 | 2] += order[(x[i] \ 5) % 8];
        seen[x[i] > 100 ? 3 : 1] -= 2;
    }
    for (var i = 0; i < 4; i++) {
        places[i] <-- seen[i];
    }
}

component main = Tables();
