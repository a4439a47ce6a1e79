// snarkjs' witness calculator, kept in one process: `node calculator.cjs SNARKJS WASM`, where SNARKJS is a file in
// its package. Answers "ready", then for each file with the paths of a batch of inputs on standard input, the seconds of
// one witness.
const { readFileSync } = require("fs");
const { createInterface } = require("readline");
const { WitnessCalculatorBuilder } = require(require.resolve("circom_runtime", { paths: [process.argv[2]] }));

async function main() {
    const calculator = await WitnessCalculatorBuilder(readFileSync(process.argv[3]), {});
    console.log(JSON.stringify({ ready: true }));
    for await (const path of createInterface({ input: process.stdin })) {
        const cpu = process.cpuUsage(), wall = performance.now();
        const batch = JSON.parse(readFileSync(path));
        for (const inputs of batch) await calculator.calculateWTNSBin(JSON.parse(readFileSync(inputs)), false);
        const used = process.cpuUsage(cpu), count = batch.length;
        const took = { cpu: (used.user + used.system) / 1e6 / count, wall: (performance.now() - wall) / 1e3 / count };
        console.log(JSON.stringify(took));
    }
}

main().catch((error) => console.log(JSON.stringify({ error: String(error.message) })));
