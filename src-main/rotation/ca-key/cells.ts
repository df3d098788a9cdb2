import type { X509Certificate } from 'node:crypto';
import type { BoardCell, BoardRow } from '../../../shared/contract/rotation-ca-key.ts';
import { message } from '../../../shared/message.ts';
import { readCertificateFields } from '../../x509/certificate-fields.ts';
import { issuerOf, type Generations } from './generations.ts';

/** What a row says beside whose it is. */
export type Cells = Pick<BoardRow, 'bundle' | 'pins' | 'issuer' | 'served' | 'lastSeen'>;

type Evidence = BoardCell['evidence'];
const cell = (state: BoardCell['state'], evidence: Evidence): BoardCell => ({
  state,
  ...(evidence === undefined ? {} : { evidence }),
});
export const proved = (evidence?: Evidence): BoardCell => cell('proved', evidence);
export const pending = (evidence: Evidence): BoardCell => cell('pending', evidence);
export const failed = (evidence: Evidence): BoardCell => cell('failed', evidence);
export const none: BoardCell = { state: 'none' };

/** Who signed a leaf: proved when it is the new CA. */
export function issuerCell(leaf: X509Certificate, all: Generations): BoardCell {
  const id = (readCertificateFields(leaf.raw).authorityKeyId ?? '').slice(0, 16);
  const evidence = message('ca_key.evidence.key_id', { id });
  return issuerOf(leaf, all) === 'new' ? proved(evidence) : pending(evidence);
}
