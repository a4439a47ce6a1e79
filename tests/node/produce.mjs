// A back end in Node: adds jobs with BullMQ, waits for our workers' results, verifies them with snarkjs.
// Arguments: port of Redis, folder of a sample, number of jobs. Prints one JSON object.
import fs from "node:fs";
import path from "node:path";
import { Queue, QueueEvents } from "bullmq";
import * as snarkjs from "snarkjs";

const [port, sample, count] = process.argv.slice(2);
const connection = { host: "127.0.0.1", port: Number(port) };
const queue = new Queue("proofs", { connection });
const events = new QueueEvents("proofs", { connection });
await events.waitUntilReady();

const folder = path.join(sample, "witnesses");
const witness = (i) => fs.readFileSync(path.join(folder, `000${i % 8}.wtns`)).toString("base64");
const circuitId = path.basename(sample);
const jobs = [];
for (let i = 0; i < Number(count); i++) {
  // Every other job has its circuit in its name, as back ends with one processor a name do.
  const [name, data] = i % 2 ? [circuitId, { witness: witness(i) }] : ["prove", { id: `n${i}`, circuitId, witness: witness(i) }];
  jobs.push(await queue.add(name, data, { attempts: 3, removeOnComplete: { age: 600 } }));
}
const key = JSON.parse(fs.readFileSync(path.join(sample, "verification_key.json")));
let verified = 0;
const ids = [];
for (const job of jobs) {
  const result = await job.waitUntilFinished(events, 60000);
  ids.push(result.id);
  if (result.success && await snarkjs.groth16.verify(key, result.publicSignals, result.proof)) verified++;
}
const broken = await queue.add("prove", { circuitId, witness: witness(0).slice(0, -8) }, { attempts: 5, backoff: 50 });
const reason = await broken.waitUntilFinished(events, 60000).then(() => "proved", (error) => error.message);
const after = await queue.getJob(broken.id);
const kept = await queue.getJob(jobs[0].id);
console.log(JSON.stringify({
  verified, ids, reason, attempts: after.attemptsMade, stacktrace: after.stacktrace,
  data: kept.data,
}));
await queue.close();
await events.close();
process.exit(0); // snarkjs leaves its threads running
