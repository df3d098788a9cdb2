import type { X509Certificate } from 'node:crypto';
import type {
  BoardCell,
  BoardRow,
  CaKeyAction,
  CaKeyBoard,
} from '../../../shared/contract/rotation-ca-key.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Service } from '../../services/entry.ts';
import { sha256 } from '../../tls/certificates.ts';
import { readCertificateFields } from '../../x509/certificate-fields.ts';
import { eachBounded } from '../bounded.ts';
import type { RotationContext } from '../context.ts';
import { allServicesOf, isRemote } from '../targets.ts';
import { failed, none, pending, proved, type Cells } from './cells.ts';
import { generationsOf } from './generations.ts';
import { LocalRows, type Look } from './local-rows.ts';
import { readRecord, type CaKeyRecord, type CaKeyStage } from './record.ts';
import { serverRows } from './server-rows.ts';

/** A remote host is known by what it reports: its trust item, and the request for a certificate that it completed. */
async function remoteRow(
  context: Pick<RotationContext, 'services'>,
  service: Service,
  record: CaKeyRecord,
): Promise<Cells> {
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

async function cellsOf(
  { services: context }: BoardContext,
  service: Service,
  record: CaKeyRecord,
  rows: LocalRows,
  look: Look,
): Promise<Cells> {
  try {
    return isRemote(service)
      ? await remoteRow({ services: context }, service, record)
      : await rows.row(context, service, look);
  } catch (error) {
    const code = isConsoleError(error) ? error.code : 'internal';
    const why = failed(message(`error.${code}.what`, isConsoleError(error) ? error.data.params : {}));
    return { bundle: why, pins: why, issuer: why, served: why };
  }
}

type BoardContext = Pick<RotationContext, 'services'>;

/** Whoever looks again and again gives what was seen before, and says how many handshakes one look may begin. */
export interface BoardLook {
  readonly rows: LocalRows;
  readonly handshakes: number;
}

/**
 * The gate as it stands now.
 * @param look unless given everything is looked at live, but for handshakes of the last minutes
 * @throws `rotation_state_foreign`, `ca_key_file_lost`
 */
export async function boardOf(
  context: BoardContext,
  look: BoardLook = { rows: new LocalRows(), handshakes: Infinity },
): Promise<CaKeyBoard> {
  const { services: world } = context;
  const record = await readRecord(world.paths);
  if (record === undefined)
    return { stage: 'idle', rows: [], waiting: 0, nextAction: 'begin', mayAbort: false };
  const { stage, waivers } = record.console;
  const all = await generationsOf(world.paths, record);
  let left = look.handshakes;
  const taking: Look = { all, kept: await world.evidence.read(), take: () => left-- > 0 };
  const rows: BoardRow[] = [];
  const add = (row: Cells & Pick<BoardRow, 'service' | 'host' | 'remote'>): void => {
    const waived = waivers[row.service];
    rows.push({ ...row, ...(waived === undefined ? {} : { waived }), green: isGreen(row, stage) });
  };
  await eachBounded(await allServicesOf(world), async (service) => {
    const cells = await cellsOf(context, service, record, look.rows, taking);
    add({ service: service.id, host: service.entry.hostname, remote: isRemote(service), ...cells });
  });
  for (const row of await serverRows(world, all)) add(row);
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
