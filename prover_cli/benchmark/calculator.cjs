// snarkjs' witness calculator, kept in one process: `node calculator.cjs SNARKJS WASM`, where SNARKJS is a file in
// its package. Answers "ready", then for each path of inputs on standard input, the seconds of that witness.
const { readFileSync } = require("fs");
const { createInterface } = require("readline");
const { WitnessCalculatorBuilder } = require(require.resolve("circom_runtime", { paths: [process.argv[2]] }));

async function main() {
    const calculator = await WitnessCalculatorBuilder(readFileSync(process.argv[3]), {});
    console.log(JSON.stringify({ ready: true }));
    for await (const path of createInterface({ input: process.stdin })) {
        const cpu = process.cpuUsage(), wall = performance.now();
        await calculator.calculateWTNSBin(JSON.parse(readFileSync(path)), false);
        const used = process.cpuUsage(cpu);
        const took = { cpu: (used.user + used.system) / 1e6, wall: (performance.now() - wall) / 1e3 };
        console.log(JSON.stringify(took));
    }
}

main().catch((error) => console.log(JSON.stringify({ error: String(error.message) })));
