// Compiles a contract and calls its verifyProof in an EVM: `contract.mjs FILE.sol NAME [warned] < calls`, with
// one call's ABI-encoded arguments a line, in hex. Prints one JSON object a call. Warnings are errors, except in
// contracts that are not ours.
import { readFileSync } from "node:fs";
import { createEVM } from "@ethereumjs/evm";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { bytesToHex, hexToBytes } from "@ethereumjs/util";
import solc from "solc";

const [file, name, warned] = process.argv.slice(2);
const asked = {
  language: "Solidity",
  sources: { "verifier.sol": { content: readFileSync(file, "utf8") } },
  settings: {
    optimizer: { enabled: true },
    outputSelection: { "*": { "*": ["evm.deployedBytecode", "evm.methodIdentifiers"] } },
  },
};
const compiled = JSON.parse(solc.compile(JSON.stringify(asked)));
if (compiled.errors?.some((error) => error.severity === "error" || !warned)) {
  console.error(compiled.errors.map((error) => error.formattedMessage).join("\n"));
  process.exit(1); // warnings too
}
const contract = compiled.contracts["verifier.sol"][name];
const [[signature, selector]] = Object.entries(contract.evm.methodIdentifiers);
const evm = await createEVM({ common: new Common({ chain: Mainnet, hardfork: Hardfork.Cancun }) });
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const ran = await evm.runCode({
    code: hexToBytes(`0x${contract.evm.deployedBytecode.object}`),
    data: hexToBytes(`0x${selector}${line.replace(/^0x/, "")}`),
    gasLimit: 30_000_000n,
  });
  const holds = !ran.exceptionError && BigInt(bytesToHex(ran.returnValue) || 0) === 1n;
  console.log(JSON.stringify({ signature, holds, gas: Number(ran.executionGasUsed), bytes: contract.evm.deployedBytecode.object.length / 2 }));
}
