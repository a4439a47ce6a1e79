// Inputs for the circuits of the packages beside this file, as their own libraries make them where they have one:
// node inputs.cjs FOLDER PACKAGE writes FOLDER/CIRCUIT/NAME.json.

const fs = require("node:fs");
const path = require("node:path");

const [folder, name] = process.argv.slice(2);
const number = (_, value) => (typeof value === "bigint" ? String(value) : value);
const zeros = (count) => Array(count).fill("0");

function write(circuit, id, input) {
  const place = path.join(folder, circuit);
  fs.mkdirSync(place, { recursive: true });
  fs.writeFileSync(path.join(place, `${id}.json`), JSON.stringify(input, number));
}

// The roots of Merkle trees are outputs of these circuits: a path of zeros is one of some tree.
function semaphore() {
  for (let depth = 1; depth <= 32; depth++) {
    for (const message of ["1", "2"]) {
      write(`semaphore-${depth}`, `message-${message}`, {
        secret: "123456789", merkleProofLength: depth, merkleProofIndex: 0, merkleProofSiblings: zeros(depth), message, scope: "7",
      });
    }
  }
}

function unirep() {
  const user = { identity_secret: "123456789", attester_id: "5", epoch: "1", chain_id: "31337" };
  const key = { ...user, reveal_nonce: "1", nonce: "2", sig_data: "9" };
  const state = { state_tree_indices: zeros(17), state_tree_elements: zeros(17), data: zeros(6) };
  write("signup", "a", user);
  write("epochKeyLite", "a", key);
  write("epochKey", "a", { ...key, ...state });
  write("scopeNullifier", "a", { ...key, ...state, scope: "3" });
  write("reputation", "a", {
    ...key, ...state, data: ["7", "2", "0", "0", "0", "0"], prove_graffiti: "0", graffiti: "0", min_rep: "5",
    max_rep: "0", prove_min_rep: "1", prove_max_rep: "0", prove_zero_rep: "0",
  });
  const { epoch: _, ...other } = user;
  write("userStateTransition", "a", {
    ...other, from_epoch: "1", to_epoch: "2", ...state, history_tree_indices: zeros(17),
    history_tree_elements: zeros(17), new_data: Array(3).fill(zeros(6)), epoch_tree_root: "1",
    epoch_tree_elements: Array(3).fill(zeros(17)), epoch_tree_indices: Array(3).fill(zeros(17)),
  });
}

async function hydra() {
  const { HydraS1Prover, EddsaAccount, KVMerkleTree, buildPoseidon } = require("@sismo-core/hydra-s1");
  const poseidon = await buildPoseidon();
  const mapper = await EddsaAccount.generateFromSeed(1);
  const account = (identifier, secret) => ({
    identifier, secret,
    commitmentReceipt: mapper.sign(poseidon([identifier, poseidon([secret])])),
  });
  const source = account("0x1111111111111111111111111111111111111111", 2);
  const destination = account("0x2222222222222222222222222222222222222222", 3);
  const accounts = new KVMerkleTree({ [source.identifier]: 4 }, poseidon, 20);
  const registry = new KVMerkleTree({ [accounts.getRoot().toHexString()]: 5 }, poseidon, 20);
  const prover = new HydraS1Prover(registry, mapper.getPubKey());
  for (const claimedValue of [1, 4]) {
    const made = await prover.generateInputs({
      source, destination, claimedValue, chainId: 1, accountsTree: accounts, externalNullifier: 6, isStrict: false,
    });
    const plain = (value) =>
      Array.isArray(value) ? value.map(plain) : typeof value === "object" ? String(BigInt(value)) : value;
    const all = Object.entries({ ...made.privateInputs, ...made.publicInputs });
    write("hydra-s1", `value-${claimedValue}`, Object.fromEntries(all.map(([key, value]) => [key, plain(value)])));
  }
}

async function gpc() {
  const library = require.resolve("@pcd/gpcircuits");
  const snarkjs = require(require.resolve("snarkjs", { paths: [path.dirname(library)] }));
  const { gpcProve } = require("@pcd/gpc");
  const { POD } = require("@pcd/pod");
  const artifacts = path.join("node_modules", name);
  const pod = POD.sign({ a: { type: "int", value: 5n } }, "00".repeat(31) + "01");
  for (const file of fs.readdirSync(artifacts)) {
    const circuit = /^proto-pod-gpc_(.*)-pkey\.zkey$/.exec(file)?.[1];
    if (circuit === undefined) continue;
    const fullProve = async (input) => {
      write(`proto-pod-gpc_${circuit}`, "a", input);
      throw new Error("taken");
    };
    snarkjs.groth16 = { fullProve };
    const config = {
      circuitIdentifier: `proto-pod-gpc_${circuit}`, pods: { one: { entries: { a: { isRevealed: true } } } },
    };
    await gpcProve(config, { pods: { one: pod } }, artifacts).catch((error) => {
      if (error.message !== "taken") throw error;
    });
  }
}

const makers = {
  "@zk-kit/semaphore-artifacts": semaphore, "@unirep/circuits": unirep, "@sismo-core/hydra-s1": hydra,
  "@pcd/proto-pod-gpc-artifacts": gpc,
};
Promise.resolve(makers[name]()).then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
