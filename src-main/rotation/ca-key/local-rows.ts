import { stat } from 'node:fs/promises';
import type { X509Certificate } from 'node:crypto';
import type { BoardCell } from '../../../shared/contract/rotation-ca-key.ts';
import type { Rung } from '../../../shared/contract/services.ts';
import { message } from '../../../shared/message.ts';
import { parseLeaf, readServiceFiles } from '../../issuance/set-files.ts';
import { readAgentText } from '../../services/agent-profile.ts';
import type { ServicesContext } from '../../services/context.ts';
import type { Service } from '../../services/entry.ts';
import { prove } from '../../services/ladder/prove.ts';
import { readBundle, sha256 } from '../../tls/certificates.ts';
import { parseToml, valueAt } from '../../workspace/toml.ts';
import { failed, issuerCell, none, pending, proved, type Cells } from './cells.ts';
import { bothTrusted, type Generations } from './generations.ts';

/** How old a handshake may be that still counts for a leaf whose files have not changed since, milliseconds. */
const freshMs = 60 * 60_000;

/** Trust that a host holds must be all of it; more does no harm. */
function holds(wanted: readonly string[], held: readonly string[]): BoardCell {
  const missing = wanted.filter((one) => !held.includes(one)).length;
  return missing === 0
    ? proved(message('ca_key.evidence.holds', { count: wanted.length }))
    : pending(message('ca_key.evidence.lacks', { count: missing }));
}

function pinsOf(text: string, path: string): readonly string[] {
  const pins = valueAt(parseToml(text, path), ['trust', 'trusted_ca_sha256']);
  return Array.isArray(pins) ? pins.map((pin) => String(pin).toLowerCase()) : [];
}

/** What the files of a service say, and which files those were. */
interface OnDisk {
  readonly stamp: string;
  /** The newest of them, unix milliseconds. */
  readonly changedAt: number;
  readonly cells: Pick<Cells, 'bundle' | 'pins' | 'issuer'>;
  readonly leaf: string | undefined;
}

async function stampOf(service: Service): Promise<{ stamp: string; changedAt: number }> {
  const { cert, key, bundle, agentConfig } = service;
  const stats = await Promise.all(
    [cert, key, bundle, agentConfig].map((path) => stat(path).catch(() => undefined)),
  );
  const parts = stats.map((one) => (one === undefined ? '-' : `${one.ino}:${one.size}:${one.mtimeMs}`));
  return { stamp: parts.join(), changedAt: Math.max(0, ...stats.map((one) => one?.mtimeMs ?? 0)) };
}

/** Most services hold the same bundle, so each text is taken apart once. */
class Bundles {
  readonly #known = new Map<string, readonly string[]>();

  /** SHA-256 of its certificates. */
  membersOf(pem: string): readonly string[] {
    const known = this.#known.get(pem);
    if (known !== undefined) return known;
    const members = readBundle(pem).map(sha256);
    if (this.#known.size >= mostBundles) this.#known.clear();
    this.#known.set(pem, members);
    return members;
  }
}
const mostBundles = 32;

async function readOnDisk(
  service: Service,
  all: Generations,
  bundles: Bundles,
): Promise<OnDisk['cells'] & { leaf?: X509Certificate }> {
  const wanted = bothTrusted(all).trusted_ca_sha256;
  const { certPem, bundlePem } = readServiceFiles(service);
  const agent = await readAgentText(service.agentConfig);
  const leaf = certPem === undefined ? undefined : parseLeaf(certPem);
  return {
    bundle:
      bundlePem === undefined
        ? pending(message('ca_key.evidence.no_file'))
        : holds(wanted, bundles.membersOf(bundlePem)),
    pins: agent === '' ? none : holds(wanted, pinsOf(agent, service.agentConfig)),
    issuer: leaf === undefined ? pending(message('ca_key.evidence.no_leaf')) : issuerCell(leaf, all),
    ...(leaf === undefined ? {} : { leaf }),
  };
}

/** One look at the board: how many handshakes it may begin, and what earlier ones have shown. */
export interface Look {
  readonly all: Generations;
  readonly kept: ReadonlyMap<string, readonly Rung[]>;
  /** Takes one of the handshakes that are left. */
  take(): boolean;
}

/**
 * Rows of the services of this host. A page that looks every few seconds at a thousand of them reads again only what has changed,
 * and a handshake that was made a while ago counts as long as the leaf is the same; its age is shown.
 */
export class LocalRows {
  readonly #known = new Map<string, OnDisk & { readonly all: string }>();
  readonly #bundles = new Bundles();

  async #onDisk(service: Service, all: Generations): Promise<OnDisk> {
    const generations = bothTrusted(all).trusted_ca_sha256.join();
    const now = await stampOf(service);
    const known = this.#known.get(service.id);
    if (known?.stamp === now.stamp && known.all === generations) return known;
    const { leaf, ...cells } = await readOnDisk(service, all, this.#bundles);
    const read = { ...now, cells, leaf: leaf === undefined ? undefined : sha256(leaf), all: generations };
    this.#known.set(service.id, read);
    return read;
  }

  async row(context: ServicesContext, service: Service, look: Look): Promise<Cells> {
    const { cells, leaf, changedAt } = await this.#onDisk(service, look.all);
    const before = look.kept.get(service.id)?.find(({ rung }) => rung === 'served');
    const recent =
      before?.outcome === 'proved' &&
      before.evidence[0]?.params?.['fingerprint'] === leaf?.slice(0, 16) &&
      (before.at ?? 0) > Math.max(changedAt, context.now() - freshMs);
    if (!recent && !look.take())
      return {
        ...cells,
        served: pending(message('ca_key.evidence.not_looked')),
        ...(before?.at === undefined ? {} : { lastSeen: before.at }),
      };
    const served = recent ? before : (await prove(context, service)).find(({ rung }) => rung === 'served');
    const [evidence] = served?.evidence ?? [];
    return {
      ...cells,
      served: served?.outcome === 'proved' ? proved(evidence) : failed(evidence),
      ...(served?.at === undefined ? {} : { lastSeen: served.at }),
    };
  }
}
