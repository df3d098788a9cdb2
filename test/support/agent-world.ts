import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { ServiceReload } from '../../shared/contract/services.ts';
import { runAgent, type RunAgentOptions } from '../../src-main/agent/run.ts';
import { startResolver, type Resolver } from '../../src-main/dns/resolver.ts';
import { startResponder, type Responder } from '../../src-main/responder/responder.ts';
import { reloadHooks } from '../../src-main/services/reload-hooks.ts';
import { binary } from './binaries.ts';
import { startStepCa, type StepCa } from './step-ca.ts';

export const responderSecret = 'responder secret of a test';

/** What agent.toml of a test says beside its world. */
export interface Written {
  readonly newer?: boolean;
  readonly instances?: readonly string[];
  readonly hook?: string;
  /** Of single instances, in place of `hook`. */
  readonly hooks?: Readonly<Record<string, string>>;
  readonly pins?: readonly string[];
  /** More lines of every profile. */
  readonly more?: string;
  /** More lines before the first table. */
  readonly top?: string;
  readonly hmac?: string;
  /** The responder's admin address, where it is not asked directly. */
  readonly responderUrl?: string;
  /** The ACME directory, where it is not step-ca's own. */
  readonly server?: string;
}

export interface AgentEvent {
  readonly event: string;
  readonly level: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly code?: string;
}

/** The only name of a certificate of these tests. */
export const nameOf = (instance = '001'): string => `${instance}.edge-proxy.edge-node-01.trusted.domain`;

/** A hook of a success that runs this in a shell. */
export const shellHook = (command: string, onFailure = 'continue'): string => `
[[profiles.hooks.post_renew.success]]
command = "sh"
args = ["-c", ${JSON.stringify(command)}]
on_failure = "${onFailure}"
`;

/** What the preset of a service's wizard puts into its profile. */
export const presetHooks = (reload: ServiceReload): string =>
  reloadHooks(reload)
    .map(
      ({ command, args, on_failure: onFailure }) => `
[[profiles.hooks.post_renew.success]]
command = ${JSON.stringify(command)}
args = ${JSON.stringify(args)}
on_failure = "${String(onFailure)}"
`,
    )
    .join('');

export interface AgentWorld {
  readonly stepCa: StepCa;
  readonly responder: Responder;
  readonly resolver: Resolver;
  /** What the agents of this test have logged. */
  readonly events: AgentEvent[];
  /** A path in the directory of this test. */
  readonly file: (path: string) => string;
  readonly config: () => string;
  readonly write: (options?: Written) => Promise<void>;
  readonly oneshot: (more?: Partial<RunAgentOptions>) => Promise<number>;
  readonly leaf: (instance?: string) => Promise<X509Certificate>;
  /** Certificate and key of the first instance. */
  readonly pair: () => Promise<string[]>;
  readonly modeOf: (path: string) => Promise<number>;
  readonly happened: (event: string) => boolean;
  /** Of the first renewal that was logged. */
  readonly reasons: () => unknown;
}

/** step-ca, a responder and a name server for all tests of a file, and a directory for each. */
export function agentWorld(instances: readonly string[] = ['001', '002', '003']): AgentWorld {
  let resolver: Resolver;
  let responder: Responder;
  let stepCa: StepCa;
  let directory: string;
  const events: AgentEvent[] = [];
  const file = (path: string): string => join(directory, path);
  const config = (): string => file('agent.toml');

  beforeAll(async () => {
    resolver = await startResolver({ names: instances.map((instance) => nameOf(instance)) });
    responder = await startResponder({
      hmac_secret: responderSecret,
      listen_addr: '127.0.0.1:0',
      admin_addr: '127.0.0.1:0',
      admin_rate_limit_requests: 100_000,
    });
    stepCa = await startStepCa({
      binary: await binary('step-ca'),
      httpPort: Number(responder.challengeAddress.split(':')[1]),
      resolver: resolver.address,
      config: { crl: { enabled: true, generateOnRevoke: true } },
    });
  });
  afterAll(async () => {
    await stepCa?.stop();
    await responder?.stop();
    await resolver?.stop();
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'agent-'));
    events.length = 0;
    await mkdir(file('certs'));
    await writeFile(file('certs/ca-bundle.pem'), stepCa.pki.bundle);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function write(options: Written = {}): Promise<void> {
    const pins = options.pins ?? [stepCa.pki.root.sha256, stepCa.pki.intermediate.sha256];
    const profiles = (options.instances ?? ['001']).map(
      (instance) => `
[[profiles]]
${options.newer === true ? 'registration_id = "edge-proxy"' : ''}
service_name = "edge-proxy"
instance_id = "${instance}"
hostname = "edge-node-01"
${options.more ?? ''}
[profiles.paths]
cert = "${file(`certs/${instance}.crt`)}"
key = "${file(`certs/${instance}.key`)}"
${options.hooks?.[instance] ?? options.hook ?? ''}
`,
    );
    await writeFile(
      config(),
      `# kept by Mina
server = "${options.server ?? stepCa.directoryUrl}"
domain = "trusted.domain"
${options.top ?? ''}
[acme]
http_responder_url = "${options.responderUrl ?? `http://${responder.adminAddress}`}"
http_responder_hmac = "${options.hmac ?? responderSecret}" # rotated in March
[trust]
ca_bundle_path = "${file('certs/ca-bundle.pem')}"
trusted_ca_sha256 = [${pins.map((pin) => `"${pin}"`).join(', ')}]
[retry]
backoff_secs = [0]
${profiles.join('')}`,
      { mode: 0o600 },
    );
  }

  const oneshot = (more: Partial<RunAgentOptions> = {}): Promise<number> =>
    runAgent({
      configPath: config(),
      oneshot: true,
      flags: {},
      environment: { PATH: process.env['PATH'], BOOTROOT_SECRET_OF_OTHERS: 'x' },
      log: ({ key, params }, level, { error } = {}) => {
        const code = error instanceof Error && 'code' in error ? { code: String(error.code) } : {};
        events.push({ event: key, level, params: params ?? {}, ...code });
      },
      ...more,
    });

  return {
    get stepCa() {
      return stepCa;
    },
    get responder() {
      return responder;
    },
    get resolver() {
      return resolver;
    },
    events,
    file,
    config,
    write,
    oneshot,
    leaf: async (instance = '001') => new X509Certificate(await readFile(file(`certs/${instance}.crt`))),
    pair: () => Promise.all(['001.crt', '001.key'].map((path) => readFile(file(`certs/${path}`), 'utf8'))),
    modeOf: async (path) => (await stat(file(path))).mode & 0o777,
    happened: (event) => events.some((one) => one.event === event),
    reasons: () => events.find(({ event }) => event === 'agent.log.renewing')?.params['reasons'],
  };
}
