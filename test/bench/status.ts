import { createHook } from 'node:async_hooks';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openConsole } from '../../src-main/console/console.ts';
import type { Call } from '../../src-main/console/dispatcher.ts';
import { eachBounded } from '../../src-main/rotation/bounded.ts';
import { testPki } from '../support/pki.ts';
import { startWebConsole } from '../support/web.ts';
import { makeFleet } from './fleet.ts';

const size = 1000;
/** Marks: seconds for a refresh; share of a core while nobody asks. */
const refreshSeconds = 1;
const idleShare = 0.01;
const rounds = 5;
/** The first looks ask every credential once; they are over by then also on a busy machine. */
const settleMs = 90_000;
const idleMs = 120_000;
/** Of `/proc/<pid>/stat` (proc(5)): USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Seconds of processor time that a process has used, with all its threads. */
async function cpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name in brackets may hold blanks.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Processes that this one has started since. */
function countProcesses(): () => number {
  let count = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROCESSWRAP') count += 1;
    },
  });
  hook.enable();
  return () => {
    hook.disable();
    return count;
  };
}

interface Refresh {
  readonly name: string;
  readonly first: number;
  readonly usual: number;
  readonly processes: number;
}

async function measure(name: string, ask: () => Promise<unknown>): Promise<Refresh> {
  const counted = countProcesses();
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const begun = process.hrtime.bigint();
    await ask();
    times.push(Number(process.hrtime.bigint() - begun) / 1e9);
  }
  const [first = NaN, ...others] = times;
  return { name, first, usual: median(others), processes: counted() };
}

/** Status of an installation with 1,000 services, and what a console costs that nobody asks anything. */
export async function statusBench(): Promise<boolean> {
  const config = await mkdtemp(join(tmpdir(), 'bench-config-'));
  process.env['BOOTROOT_CONSOLE_CONFIG_DIR'] = config;
  const fleet = await makeFleet(size);
  let met = true;
  try {
    await fleet.place('here', new Map(fleet.members.map(({ id }) => [id, 'not-used'])));
    const pki = await testPki('Bench');
    await eachBounded(fleet.members, async ({ id }) => {
      const { cert } = await pki.leaf([`001.${id}.host.trusted.domain`]);
      await writeFile(fleet.paths.cert(id), cert);
    });
    const console_ = await openConsole({ host: 'cli', workspacePath: fleet.paths.root });
    const call: Call = { actor: 'bench', host: 'cli', signal: new AbortController().signal };
    const refreshes = [
      await measure('home.overview', async () => {
        const pictures = console_.dispatcher.open('home.overview', {}, call)[Symbol.asyncIterator]();
        await pictures.next();
        await pictures.return?.();
      }),
      await measure('services.list', () => console_.dispatcher.call('services.list', {}, call)),
    ];
    await console_.shutdown();
    for (const { name, first, usual, processes } of refreshes) {
      // One question to the system at a refresh is one thing, one for each service another.
      const good = usual < refreshSeconds && processes <= rounds + 1;
      met = met && good;
      console.log(
        `${name} of ${size} services: first ${first.toFixed(3)} s, then ${usual.toFixed(3)} s (mark ${refreshSeconds} s, ratio ${(usual / refreshSeconds).toFixed(2)}), ${processes} processes started${good ? '' : '  MISSED'}`,
      );
    }
    const web = await startWebConsole({ workspace: fleet.paths.root, configHome: config });
    try {
      const pid = web.child.pid ?? 0;
      await pause(settleMs);
      const before = await cpuSeconds(pid);
      await pause(idleMs);
      const share = ((await cpuSeconds(pid)) - before) / (idleMs / 1000);
      const good = share < idleShare;
      met = met && good;
      console.log(
        `idle console with ${size} services: ${(100 * share).toFixed(2)} % of a core (mark ${100 * idleShare} %, ratio ${(share / idleShare).toFixed(2)})${good ? '' : '  MISSED'}`,
      );
    } finally {
      await web.close();
    }
  } finally {
    await fleet.stop();
    await rm(config, { recursive: true, force: true });
  }
  return met;
}
