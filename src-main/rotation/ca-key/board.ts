import type { X509Certificate } from 'node:crypto';
import type {
  BoardCell,
  BoardRow,
  CaKeyAction,
  CaKeyBoard,
} from '../../../shared/contract/rotation-ca-key.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { parseLeaf, readServiceFiles } from '../../issuance/set-files.ts';
import { readAgentText } from '../../services/agent-profile.ts';
import type { Service } from '../../services/entry.ts';
import { prove } from '../../services/ladder/prove.ts';
import { readBundle, sha256 } from '../../tls/certificates.ts';
import { parseToml, valueAt } from '../../workspace/toml.ts';
import { readCertificateFields } from '../../x509/certificate-fields.ts';
import { eachBounded } from '../bounded.ts';
import type { RotationContext } from '../context.ts';
import { allServicesOf, isRemote } from '../targets.ts';
import { bothTrusted, generationsOf, issuerOf, type Generations } from './generations.ts';
import { readRecord, type CaKeyRecord, type CaKeyStage } from './record.ts';

const proved = (evidence?: BoardCell['evidence']): BoardCell => ({
  state: 'proved',
  ...(evidence === undefined ? {} : { evidence }),
});
const pending = (evidence: BoardCell['evidence']): BoardCell => ({
  state: 'pending',
  ...(evidence === undefined ? {} : { evidence }),
});
const none: BoardCell = { state: 'none' };

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

const keyId = (certificate: X509Certificate): string =>
  (readCertificateFields(certificate.raw).authorityKeyId ?? '').slice(0, 16);

async function localRow(
  context: Pick<RotationContext, 'services'>,
  service: Service,
  all: Generations,
): Promise<Pick<BoardRow, 'bundle' | 'pins' | 'issuer' | 'served' | 'lastSeen'>> {
  const wanted = bothTrusted(all).trusted_ca_sha256;
  const { certPem, bundlePem } = await readServiceFiles(service);
  const agent = await readAgentText(service.agentConfig);
  const leaf = certPem === undefined ? undefined : parseLeaf(certPem);
  const by = leaf === undefined ? undefined : issuerOf(leaf, all);
  const ladder = await prove(context.services, service);
  const served = ladder.find(({ rung }) => rung === 'served');
  return {
    bundle:
      bundlePem === undefined
        ? pending(message('ca_key.evidence.no_file'))
        : holds(wanted, readBundle(bundlePem).map(sha256)),
    pins: agent === '' ? none : holds(wanted, pinsOf(agent, service.agentConfig)),
    issuer:
      leaf === undefined
        ? pending(message('ca_key.evidence.no_leaf'))
        : by === 'new'
          ? proved(message('ca_key.evidence.key_id', { id: keyId(leaf) }))
          : pending(message('ca_key.evidence.key_id', { id: keyId(leaf) })),
    served:
      served?.outcome === 'proved'
        ? proved(served.evidence[0])
        : { state: 'failed', ...(served?.evidence[0] === undefined ? {} : { evidence: served.evidence[0] }) },
    ...(served === undefined ? {} : { lastSeen: served.at }),
  };
}

/** A remote host is known by what it reports: its trust item, and the request for a certificate that it completed. */
async function remoteRow(
  context: Pick<RotationContext, 'services'>,
  service: Service,
  record: CaKeyRecord,
): Promise<Pick<BoardRow, 'bundle' | 'pins' | 'issuer' | 'served' | 'lastSeen'>> {
  const status = service.entry.sync_status?.['trust_sync'];
  const trust =
    status === 'applied'
      ? proved(message('ca_key.evidence.applied'))
      : pending(message('ca_key.evidence.not_applied'));
  const data =
    (await context.services.client().kv.read(`bootroot/services/${service.id}/reissue`))?.data ?? {};
  const at = data['completed_at'];
  const switched = record.console.switched_at;
  const completed = typeof at === 'string' && switched !== undefined && at >= switched;
  return {
    bundle: trust,
    pins: trust,
    issuer: completed
      ? proved(message('ca_key.evidence.completed', { at }))
      : pending(message('ca_key.evidence.not_completed')),
    served: none,
    ...(completed ? { lastSeen: Date.parse(at) } : {}),
  };
}

const passes = (cell: BoardCell): boolean => cell.state === 'proved' || cell.state === 'none';

/** Before the switch everybody must trust both; before the old CA goes, everybody must be on the new one too. */
function isGreen(row: Pick<BoardRow, 'bundle' | 'pins' | 'issuer' | 'served'>, stage: CaKeyStage): boolean {
  const trusts = passes(row.bundle) && passes(row.pins);
  if (stage === 'preparing' || stage === 'published') return trusts;
  return trusts && passes(row.issuer) && passes(row.served);
}

const following: Readonly<Record<CaKeyStage | 'idle', CaKeyAction>> = {
  idle: 'begin',
  preparing: 'begin',
  published: 'switch',
  switched: 'reissue',
  reissued: 'retire',
};

const cardOf = (certificate: X509Certificate): NonNullable<CaKeyBoard['now']> => ({
  name: readCertificateFields(certificate.raw).commonName ?? certificate.subject,
  fingerprint: sha256(certificate),
  notAfter: Date.parse(certificate.validTo),
});

/** The gate as it stands now, looked at live. Throws `rotation_state_foreign`, `ca_key_file_lost`. */
export async function boardOf(context: Pick<RotationContext, 'services'>): Promise<CaKeyBoard> {
  const record = await readRecord(context.services.paths);
  if (record === undefined)
    return { stage: 'idle', rows: [], waiting: 0, nextAction: 'begin', mayAbort: false };
  const { stage, waivers } = record.console;
  const all = await generationsOf(context.services.paths, record);
  const rows: BoardRow[] = [];
  await eachBounded(await allServicesOf(context.services), async (service) => {
    const remote = isRemote(service);
    let cells: Awaited<ReturnType<typeof localRow>>;
    try {
      cells = remote ? await remoteRow(context, service, record) : await localRow(context, service, all);
    } catch (error) {
      const code = isConsoleError(error) ? error.code : 'internal';
      const failed: BoardCell = {
        state: 'failed',
        evidence: message(`error.${code}.what`, isConsoleError(error) ? error.data.params : {}),
      };
      cells = { bundle: failed, pins: failed, issuer: failed, served: failed };
    }
    const waived = waivers[service.id];
    rows.push({
      service: service.id,
      host: service.entry.hostname,
      remote,
      ...cells,
      ...(waived === undefined ? {} : { waived }),
      green: isGreen(cells, stage),
    });
  });
  rows.sort((one, other) => (one.service < other.service ? -1 : 1));
  return {
    stage,
    mode: record.mode,
    startedAt: record.started_at,
    now: cardOf(all.oldIntermediate),
    next: cardOf(all.newIntermediate),
    rows,
    waiting: rows.filter(({ green, waived }) => !green && waived === undefined).length,
    nextAction: following[stage],
    mayAbort: true,
  };
}
