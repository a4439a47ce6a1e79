// A worker in Node: proves with snarkjs and gives the JSONL shape back. Arguments: port of Redis, folder of a
// sample, and "rubbish" for one whose results are worth nothing.
import path from "node:path";
import { Worker } from "bullmq";
import * as snarkjs from "snarkjs";

const [port, sample, rubbish] = process.argv.slice(2);
const key = path.join(sample, "circuit.zkey");
const worker = new Worker("proofs", async (job) => {
  const witness = { type: "mem", data: new Uint8Array(Buffer.from(job.data.witness, "base64")) };
  const { proof, publicSignals } = await snarkjs.groth16.prove(key, witness);
  if (rubbish) proof.pi_a[0] = "1";
  return { id: job.data.id, circuitId: job.data.circuitId, success: true, proof, publicSignals, worker: 0, machine: "node" };
}, { connection: { host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null } });
await worker.waitUntilReady();
console.log("ready");
