// One compiler run inside a worker thread: gathers the sources of the given files, compiles, posts the contracts.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, posix } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

const { root, files, compiler = 'solc-0.8.27', settings = {} } = workerData;
const solc = createRequire(import.meta.url)(compiler);

// Import prefix in the sources -> folder of the npm package (foundry calls these remappings).
const REMAPPINGS = [
  ['openzeppelin-contracts-upgradeable/contracts/', '@openzeppelin/contracts-upgradeable/'],
  ['openzeppelin-contracts/contracts/', '@openzeppelin/contracts/'],
  ['solidity-utils/', '@bgd-labs/solidity-utils/src/'],
];

function unitName(importPath, importer) {
  if (importPath.startsWith('.')) return posix.normalize(posix.join(dirname(importer), importPath));
  const hit = REMAPPINGS.find(([prefix]) => importPath.startsWith(prefix));
  return hit ? hit[1] + importPath.slice(hit[0].length) : importPath;
}

function collect(unit, sources) {
  if (unit in sources) return;
  const path = unit.startsWith('contracts/') ? join(root, unit) : join(root, 'node_modules', unit);
  const content = readFileSync(path, 'utf8');
  sources[unit] = { content };
  for (const match of content.matchAll(/^\s*(?:import|\}\s*from)[^'";]*?(?:from\s*)?['"]([^'"]+)['"]\s*;/gm)) {
    collect(unitName(match[1], unit), sources);
  }
}

const sources = {};
for (const file of files) collect(`${file}.sol`, sources);

const outputSelection = {};
for (const file of files) {
  outputSelection[`${file}.sol`] = {
    [basename(file)]: ['abi', 'evm.bytecode.object', 'evm.bytecode.linkReferences'],
  };
}

const input = {
  language: 'Solidity',
  sources,
  settings: {
    remappings: REMAPPINGS.map(([from, to]) => `${from}=${to}`),
    optimizer: { enabled: true, runs: 200 },
    evmVersion: 'shanghai',
    metadata: { bytecodeHash: 'none', appendCBOR: false },
    ...settings,
    outputSelection,
  },
};

const output = JSON.parse(solc.compile(JSON.stringify(input)));
const errors = (output.errors ?? []).filter((error) => error.severity === 'error');
if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'));

const contracts = {};
for (const file of files) {
  const { abi, evm } = output.contracts[`${file}.sol`][basename(file)];
  contracts[basename(file)] = {
    abi,
    bytecode: evm.bytecode.object,
    linkReferences: evm.bytecode.linkReferences,
  };
}
parentPort.postMessage(contracts);
