import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { startFaultProxy, type Fault } from '../support/fault-proxy.ts';
import { hmac, instances, nameOf, startIssuanceWorld, type IssuanceWorld } from './issuance-world.ts';
import { agentMemory, type AgentMemory } from './agent-memory.ts';
import type { LoopOptions } from './acme-client-loop.ts';
import { legoRate } from './lego.ts';
import { measured, median } from './measure.ts';

const width = 8;
/** Certificates in one measure, and how often each is taken, in turn. */
const size = Number(process.env['BENCH_CERTIFICATES'] ?? 240);
const rounds = 3;
/** At least this many times the rate of acme-client. */
const least = 4;
const faultyEvery = 20;
/** Resident memory that is too much, with so many profiles. */
const mostMegabytes = 80;
const profiles = 100;

interface Ended {
  readonly code: number | null;
  readonly seconds: number;
  readonly output: string;
}

function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const began = process.hrtime.bigint();
  return new Promise((ended, failed) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000_000)));
    child.on('error', failed);
    child.on('close', (code) =>
      ended({ code, seconds: Number(process.hrtime.bigint() - began) / 1e9, output }),
    );
  });
}

/** One agent.toml with as many profiles as names. */
async function writeConfig(world: IssuanceWorld, into: string, names: readonly string[], server: string) {
  const { pki } = world.stepCa;
  await writeFile(join(into, 'ca-bundle.pem'), pki.bundle);
  const profiles = names.map(
    (instance) => `
[[profiles]]
service_name = "bench"
instance_id = "${instance}"
hostname = "host"
[profiles.paths]
cert = "${join(into, `${instance}.crt`)}"
key = "${join(into, `${instance}.key`)}"
`,
  );
  const path = join(into, 'agent.toml');
  await writeFile(
    path,
    `server = "${server}"
domain = "trusted.domain"
[acme]
http_responder_url = "${world.responderUrl}"
http_responder_hmac = "${hmac}"
[trust]
ca_bundle_path = "${join(into, 'ca-bundle.pem')}"
trusted_ca_sha256 = ["${pki.root.sha256}", "${pki.intermediate.sha256}"]
verify_certificates = true
[scheduler]
max_concurrent_issuances = ${String(width)}
${profiles.join('')}`,
    { mode: 0o600 },
  );
  return path;
}

/** How many of the names have a certificate of their own with its key. */
async function whole(
  into: string,
  names: readonly string[],
  suffix = (name: string) => name,
): Promise<number> {
  let count = 0;
  for (const name of names) {
    try {
      const leaf = new X509Certificate(await readFile(join(into, `${suffix(name)}.crt`)));
      const key = createPrivateKey(await readFile(join(into, `${suffix(name)}.key`)));
      if (leaf.checkPrivateKey(key) && leaf.checkHost(nameOf(name)) !== undefined) count += 1;
    } catch {
      // Lost.
    }
  }
  return count;
}

class Bench {
  readonly #world: IssuanceWorld;
  #next = 1;

  constructor(world: IssuanceWorld) {
    this.#world = world;
  }

  /** Names that were not ordered for before: an authorisation that still holds would save its challenge. */
  #names(count: number): string[] {
    this.#next += count;
    return instances(this.#next - count, count);
  }

  /** Fewer than in the other measures: each takes a process. */
  lego(): Promise<number | undefined> {
    const count = Math.ceil(size / 2);
    return legoRate(this.#world, this.#names(count).map(nameOf), width);
  }

  async #into(what: string): Promise<string> {
    return mkdtemp(join(this.#world.directory, `${what}-`));
  }

  /** The built agent as a process, from its start to its end: certificates per second. */
  async agent(
    server = this.#world.stepCa.directoryUrl,
    count = size,
  ): Promise<{ rate: number; lost: number }> {
    const names = this.#names(count);
    const into = await this.#into('agent');
    const config = await writeConfig(this.#world, into, names, server);
    const ended = await run(process.execPath, [
      resolve('dist/console.cjs'),
      'agent',
      '--config',
      config,
      '--oneshot',
    ]);
    const lost = count - (await whole(into, names));
    if (lost > 0 && process.env['BENCH_VERBOSE'] !== undefined) console.error(ended.output.slice(-5_000));
    return { rate: (count - lost) / ended.seconds, lost };
  }

  /** With so many certificates, all issued anew by the process that is then looked at. */
  async memory(count: number): Promise<AgentMemory> {
    const into = await this.#into('memory');
    const names = this.#names(count);
    const config = await writeConfig(this.#world, into, names, this.#world.stepCa.directoryUrl);
    return agentMemory(config, count);
  }

  async acmeClient(single: boolean): Promise<{ rate: number; lost: number }> {
    const names = this.#names(size);
    const into = await this.#into('acme-client');
    const bundle = join(into, 'bundle.pem');
    await writeFile(bundle, this.#world.stepCa.pki.bundle);
    const options: LoopOptions = {
      directoryUrl: this.#world.stepCa.directoryUrl,
      responderUrl: this.#world.responderUrl,
      hmac,
      names: names.map(nameOf),
      width,
      single,
      into,
    };
    const ended = await run(
      process.execPath,
      ['--import', 'tsx', resolve('test/bench/acme-client-loop.ts'), JSON.stringify(options)],
      { NODE_EXTRA_CA_CERTS: bundle },
    );
    if (ended.code !== 0) throw new Error(`acme-client: ${ended.output}`);
    const { seconds, lost } = JSON.parse(ended.output.trim().split('\n').at(-1) ?? '') as {
      seconds: number;
      lost: string[];
    };
    const there = await whole(into, names, nameOf);
    if (there !== size) console.error(`acme-client lost ${String(lost.length)}: ${lost[0] ?? ''}`);
    // Its own clock: starting Node and loading is not counted against it.
    return { rate: there / seconds, lost: size - there };
  }
}

/** Every twentieth answer is a 500 or a refused nonce, sometimes after the CA has already acted. */
function faults(): (request: { method: string; index: number }) => Fault | undefined {
  let count = 0;
  const problem = (type: string): string =>
    JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail: 'bench' });
  return ({ index }) => {
    if (index % faultyEvery !== faultyEvery - 1) return undefined;
    count += 1;
    const headers = { 'content-type': 'application/problem+json' };
    switch (count % 3) {
      case 0:
        return { kind: 'answer', status: 500, headers, body: problem('serverInternal') };
      case 1:
        return { kind: 'replace', status: 500, body: problem('serverInternal') };
      default:
        return { kind: 'answer', status: 400, headers, body: problem('badNonce') };
    }
  };
}

async function withFaults(world: IssuanceWorld, bench: Bench): Promise<boolean> {
  const { cert, key } = await world.stepCa.pki.leaf(['localhost']);
  const proxy = await startFaultProxy({
    target: `https://localhost:${String(world.stepCa.port)}`,
    targetCa: world.stepCa.pki.bundle,
    keepHost: true,
    tls: { cert: cert + world.stepCa.pki.intermediate.pem, key },
  });
  try {
    proxy.plan(faults());
    const server = `https://localhost:${String(proxy.port)}/acme/acme/directory`;
    const { lost } = await bench.agent(server, size);
    const broken = proxy.seen.filter(({ fault }) => fault !== 'none').length;
    console.log(
      `agent, 1 in ${String(faultyEvery)} answers broken: ${String(size - lost)} of ${String(size)} issued, ${String(broken)} of ${String(proxy.seen.length)} answers broken, lost=${String(lost)}${lost === 0 ? '' : ' MISSED'}`,
    );
    return lost === 0 && broken > 0;
  } finally {
    await proxy.stop();
  }
}

/** Issuance by the agent beside acme-client and lego, on one real step-ca with PostgreSQL. */
export async function agentBench(): Promise<boolean> {
  const world = await startIssuanceWorld(size * (2 * rounds + 4) + profiles);
  const results: boolean[] = [];
  try {
    const bench = new Bench(world);
    const rates: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
    let lost = 0;
    for (let round = 0; round < rounds; round += 1) {
      rates.theirs.push((await bench.acmeClient(true)).rate);
      const ours = await bench.agent();
      rates.ours.push(ours.rate);
      lost += ours.lost;
    }
    const [ours, theirs] = [median(rates.ours), median(rates.theirs)];
    results.push(
      measured(
        'agent beside acme-client',
        ours,
        theirs,
        'certificates/s',
        ours >= least * theirs && lost === 0,
      ),
    );
    results.push(await withFaults(world, bench));
    const { idle, most } = await bench.memory(profiles);
    results.push(
      measured(
        `memory of the agent with ${String(profiles)} profiles`,
        idle,
        mostMegabytes,
        'MB',
        idle < mostMegabytes,
      ),
    );
    console.log(`  at its most, while issuing all of them: ${most.toFixed(0)} MB`);
    await world.stopResponder();
    const lego = await bench.lego();
    if (lego === undefined) console.log('agent beside lego: not installed (apt-get install lego)');
    else measured('agent beside lego', ours, lego, 'certificates/s', true);
  } finally {
    await world.stop();
  }
  return results.every(Boolean);
}
