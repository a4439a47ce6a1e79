// A proof of PLONK or FFLONK by snarkjs whose blinding is given: `blinded.cjs SYSTEM ZKEY WTNS CURVE FACTOR…`, the
// factors in decimal. Prints [proof, public signals]. snarkjs draws them with curve.Fr.random, which nothing else in a prover calls.
const snarkjs = require("snarkjs");

async function main() {
  const [system, zkey, wtns, name, ...factors] = process.argv.slice(2);
  const curve = await snarkjs.curves.getCurveFromName(name);
  curve.Fr.random = () => curve.Fr.e(factors.shift());
  const { proof, publicSignals } = await snarkjs[system].prove(zkey, wtns);
  if (factors.length) throw new Error(`${factors.length} factors were not used`);
  console.log(JSON.stringify([proof, publicSignals]));
  process.exit(0); // its threads would keep it alive
}

main();
