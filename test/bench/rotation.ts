import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { eachBounded, width } from '../../src-main/rotation/bounded.ts';
import { trustOf } from '../../src-main/setup/local/trust-step.ts';
import { BareOpenBao } from './bare-openbao.ts';
import { boardLooks } from './ca-key-board.ts';
import { makeFleet, type Fleet, type Member } from './fleet.ts';
import { measured, median, secondsOf } from './measure.ts';

const size = 1000;
/** Rates below this part of the bare loop's miss the mark. */
const least = 0.8;
const planSeconds = 2;
/** A page that shows the gate asks every few seconds. */
const boardSeconds = 2;
/** Each is measured so often, in turn: what takes seconds oftener than what takes a quarter of a minute. */
const rounds = { secretIds: 3, trust: 9 };

async function operate(
  { engine }: Fleet,
  kind: string,
  input: object,
  state: 'done' | 'pending',
): Promise<void> {
  const { digest, preconditions } = await engine.plan(kind, input);
  const unmet = preconditions.find(({ met }) => !met);
  if (unmet !== undefined) throw new Error(`${kind}: ${JSON.stringify(unmet)}`);
  const started = await engine.start({ kind, input, digest, secrets: {}, actor: 'bench' });
  const ended = await engine.waitFor(started.id);
  if (ended.state !== state) throw new Error(`${kind}: ${ended.state} ${JSON.stringify(ended.error)}`);
}

/** The calls of OpenBao that a rotation makes, and nothing else. */
class BareLoop {
  readonly #bao: BareOpenBao;
  readonly #members: readonly Member[];

  constructor({ url, token, members }: Fleet) {
    this.#bao = new BareOpenBao(url, token, width);
    this.#members = members;
  }

  async #revoke(token: string | undefined): Promise<void> {
    if (token === undefined) throw new Error('login refused');
    await this.#bao.call('POST', 'auth/token/revoke-self', {}, token);
  }

  /** New secret_ids, proved; then the old ones destroyed and refused. */
  async local(held: Map<string, string>): Promise<void> {
    const fresh = new Map(this.#members.map(({ id }) => [id, randomUUID()]));
    await eachBounded(this.#members, async ({ id, role, roleId }) => {
      const value = fresh.get(id) ?? '';
      await this.#bao.call('POST', `auth/approle/role/${role}/custom-secret-id`, { secret_id: value });
      await this.#revoke(await this.#bao.login(roleId, value));
    });
    await eachBounded(this.#members, async ({ id, role, roleId }) => {
      await this.#revoke(await this.#bao.login(roleId, fresh.get(id) ?? ''));
      const old = { secret_id: held.get(id) ?? '' };
      const found = (await this.#bao.call('POST', `auth/approle/role/${role}/secret-id/lookup`, old)) as {
        data: { secret_id_accessor: string };
      };
      const { secret_id_accessor } = found.data;
      const path = `auth/approle/role/${role}/secret-id-accessor/destroy`;
      await this.#bao.call('POST', path, { secret_id_accessor });
      if ((await this.#bao.login(roleId, old.secret_id)) !== undefined) throw new Error('old one accepted');
    });
    for (const [id, value] of fresh) held.set(id, value);
  }

  /** New secret_ids, proved, put where remote hosts pull them. */
  async remote(): Promise<void> {
    const fresh = new Map(this.#members.map(({ id }) => [id, randomUUID()]));
    const kv = (id: string): string => `secret/data/bootroot/services/${id}/secret_id`;
    await eachBounded(this.#members, ({ id }) => this.#bao.call('GET', kv(id)).then(() => undefined));
    await eachBounded(this.#members, async ({ id, role }) => {
      const value = fresh.get(id) ?? '';
      await this.#bao.call('POST', `auth/approle/role/${role}/custom-secret-id`, { secret_id: value });
      const { data } = (await this.#bao.call('GET', `auth/approle/role/${role}/role-id`)) as {
        data: { role_id: string };
      };
      await this.#revoke(await this.#bao.login(data.role_id, value));
    });
    await eachBounded(this.#members, async ({ id }) => {
      await this.#bao.call('GET', kv(id));
      await this.#bao.call('POST', kv(id), { data: { secret_id: fresh.get(id) } });
    });
    for (let times = 0; times < 2; times += 1)
      await eachBounded(this.#members, async ({ id, role }) => {
        const body = { secret_id: fresh.get(id) };
        await this.#bao.call('POST', `auth/approle/role/${role}/secret-id/lookup`, body);
      });
  }

  /** One trust document for everybody: read, then written. */
  async trust(document: object): Promise<void> {
    const paths = this.#members.map(({ id }) => `secret/data/bootroot/services/${id}/trust`);
    const all = ['secret/data/bootroot/ca', ...paths];
    await eachBounded(all, (path) => this.#bao.call('GET', path).then(() => undefined));
    await eachBounded(all, (path) => this.#bao.call('POST', path, { data: document }).then(() => undefined));
  }

  close(): void {
    this.#bao.close();
  }
}

interface Compared {
  readonly ours: () => Promise<unknown>;
  readonly theirs: () => Promise<unknown>;
  readonly rounds: number;
  /** Before each, and not measured: puts the hosts where both find the same work. */
  readonly place?: () => Promise<unknown>;
}

/** The machine is not the same from one minute to the next, so each round is a ratio of its own, and the median of them counts. */
async function compare(name: string, { ours, theirs, place, rounds }: Compared): Promise<boolean> {
  const took: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
  const ratios: number[] = [];
  /** What was placed is on the disk before either begins: else whoever flushes first writes it out in its own time. */
  const placed = async (): Promise<void> => {
    await place?.();
    await promisify(execFile)('sync');
  };
  for (let round = 0; round < rounds; round += 1) {
    await placed();
    const bare = await secondsOf(theirs);
    await placed();
    const own = await secondsOf(ours);
    took.theirs.push(bare);
    took.ours.push(own);
    ratios.push(bare / own);
  }
  const rate = { ours: size / median(took.ours), theirs: size / median(took.theirs) };
  const ratio = median(ratios);
  return measured(name, rate.ours, rate.theirs, 'services/s', ratio >= least, ratio);
}

/** The secret_ids in the files of this host. */
async function heldHere({ members, paths }: Fleet): Promise<Map<string, string>> {
  const held = new Map<string, string>();
  for (const { id } of members)
    held.set(id, (await readFile(paths.serviceSecret(id, 'secret_id'), 'utf8')).trim());
  return held;
}

/** Rotations over a thousand services against loops of the bare calls, on one real OpenBao. */
export async function rotationBench(): Promise<boolean> {
  const fleet = await makeFleet(size);
  const loop = new BareLoop(fleet);
  const results: boolean[] = [];
  try {
    const first = new Map(fleet.members.map(({ id }) => [id, randomUUID()]));
    const bao = new BareOpenBao(fleet.url, fleet.token, width);
    await eachBounded(fleet.members, async ({ id, role }) => {
      const body = { secret_id: first.get(id) };
      await bao.call('POST', `auth/approle/role/${role}/custom-secret-id`, body);
    });
    bao.close();
    await fleet.place('here', first);
    const all = { ids: 'all' };
    const planned = await secondsOf(() => fleet.engine.plan('rotate.approle-secret-id', all));
    // There is nothing to compare a plan with but the patience of who waits for it.
    const ratio = planned / planSeconds;
    results.push(measured('plan of 1000 services', planned, planSeconds, 's', ratio < 1, ratio));
    // The bare loop writes no file; what it was given is put into them before ours begins.
    let held: Map<string, string> = first;
    const placed = (where: 'here' | 'remote') => async (): Promise<void> => fleet.place(where, held);
    results.push(
      await compare('secret_id, local services', {
        place: placed('here'),
        rounds: rounds.secretIds,
        theirs: () => loop.local(held),
        async ours() {
          await operate(fleet, 'rotate.approle-secret-id', all, 'done');
          held = await heldHere(fleet);
        },
      }),
    );
    // As much to carry as ours, and never the same: each side has everything to write each time.
    const { trusted_ca_sha256: pins, ca_bundle_pem } = await trustOf(fleet.paths);
    const trust = { trusted_ca_sha256: [...pins].reverse(), ca_bundle_pem };
    const bareTrust = (): Promise<void> => loop.trust(trust);
    results.push(
      await compare('trust-sync, local services', {
        place: placed('here'),
        rounds: rounds.trust,
        theirs: bareTrust,
        ours: () => operate(fleet, 'rotate.trust-sync', {}, 'done'),
      }),
    );
    for (const [name, took] of await boardLooks(fleet))
      results.push(measured(name, took, boardSeconds, 's', took < boardSeconds, took / boardSeconds));
    await placed('remote')();
    results.push(
      await compare('secret_id, remote services', {
        rounds: rounds.secretIds,
        theirs: () => loop.remote(),
        ours: () => operate(fleet, 'rotate.approle-secret-id', all, 'pending'),
      }),
    );
    results.push(
      await compare('trust-sync, remote services', {
        rounds: rounds.trust,
        theirs: bareTrust,
        ours: () => operate(fleet, 'rotate.trust-sync', {}, 'pending'),
      }),
    );
  } finally {
    loop.close();
    await fleet.stop();
  }
  return results.every(Boolean);
}
