import { logsBench } from './logs.ts';
import { agentBench } from './agent.ts';
import { responderBench } from './responder.ts';
import { rotationBench } from './rotation.ts';
import { statusBench } from './status.ts';

/** What is measured, by name. Each measure is printed as `name: ours, theirs, ratio`. */
const benches: Readonly<Record<string, () => Promise<boolean>>> = {
  logs: logsBench,
  rotation: rotationBench,
  status: statusBench,
  agent: agentBench,
  responder: responderBench,
};

/** `npm run bench -- NAME…`: all without a name. Exit 1 when a measure misses its mark. */
async function main(): Promise<number> {
  const names = process.argv.slice(2);
  let met = true;
  for (const name of names.length === 0 ? Object.keys(benches) : names) {
    const bench = benches[name];
    if (bench === undefined)
      throw new Error(`no bench ${name}; there are ${Object.keys(benches).join(', ')}`);
    met = (await bench()) && met;
  }
  return met ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
