// Compiles what has no ready bytecode (Aave V3.6 and our own contracts) and prints the path of the result.
//
// Output: <cache>/<key>/contracts.json, {"<Name>": {abi, bytecode, linkReferences}}. The key is the hash of
// everything that decides the bytecode, so a second run only reads a file name. Progress goes to stderr.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const HERE = dirname(fileURLToPath(import.meta.url));
const CACHE = process.env.INDEXER_DEVNET_CACHE ?? join(HERE, '..', '..', '.cache', 'devnet');
const AAVE = '@aave-dao/aave-v3-origin/src/contracts/';

// Two jobs of about the same length, for two cores, and a short one. A contract is named by its file.
const JOBS = [
  {
    name: 'Aave 3.6 pool and its libraries',
    files: [
      'instances/PoolInstance',
      'protocol/libraries/logic/BorrowLogic',
      'protocol/libraries/logic/FlashLoanLogic',
      'protocol/libraries/logic/LiquidationLogic',
      'protocol/libraries/logic/PoolLogic',
      'protocol/libraries/logic/SupplyLogic',
    ].map((file) => AAVE + file),
  },
  {
    name: 'Aave 3.6 tokens and configuration, our own contracts',
    files: [
      'extensions/stata-token/StataTokenFactory',
      'extensions/stata-token/StataTokenV2',
      'helpers/AaveProtocolDataProvider',
      'helpers/LiquidationDataProvider',
      'instances/ATokenInstance',
      'instances/PoolConfiguratorInstance',
      'instances/VariableDebtTokenInstance',
      'misc/AaveOracle',
      'misc/DefaultReserveInterestRateStrategyV2',
      'misc/PriceOracleSentinel',
      'mocks/oracle/SequencerOracle',
      'protocol/configuration/ACLManager',
      'protocol/configuration/PoolAddressesProvider',
      'protocol/libraries/logic/ConfiguratorLogic',
      'rewards/RewardsController',
    ]
      .map((file) => AAVE + file)
      .concat('@bgd-labs/solidity-utils/src/contracts/transparent-proxy/TransparentProxyFactory', ownContracts()),
  },
  {
    name: 'Morpho Blue',
    compiler: 'solc-0.8.19',
    // As deployed: through the intermediate representation, for gas, before PUSH0.
    settings: { viaIR: true, optimizer: { enabled: true, runs: 999999 }, evmVersion: 'paris' },
    files: ['@morpho-org/morpho-blue/src/Morpho'],
  },
];

function ownContracts() {
  const names = readdirSync(join(HERE, 'contracts')).filter((name) => name.endsWith('.sol'));
  return names.sort().map((name) => `contracts/${name.slice(0, -4)}`);
}

function cacheKey() {
  const hash = createHash('sha256');
  const own = ownContracts().map((name) => `${name}.sol`);
  for (const file of ['compile.mjs', 'compile_job.mjs', 'package-lock.json', ...own]) {
    hash.update(file).update('\0').update(readFileSync(join(HERE, file))).update('\0');
  }
  return hash.digest('hex').slice(0, 20);
}

function runJob(job) {
  const started = Date.now();
  process.stderr.write(`compiling: ${job.name} ...\n`);
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(HERE, 'compile_job.mjs'), { workerData: { root: HERE, ...job } });
    worker.once('message', (contracts) => {
      process.stderr.write(`compiled:  ${job.name} in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
      resolve(contracts);
    });
    worker.once('error', reject);
  });
}

const folder = join(CACHE, cacheKey());
const target = join(folder, 'contracts.json');
if (!existsSync(target)) {
  const results = await Promise.all(JOBS.map(runJob));
  mkdirSync(folder, { recursive: true });
  const unfinished = `${target}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(Object.assign({}, ...results)));
  renameSync(unfinished, target); // atomic: a reader never sees half a file
}
process.stdout.write(`${target}\n`);
