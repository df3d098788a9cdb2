import { ConsoleError } from '../../shared/errors.ts';

/** Shortest share that OpenBao takes, bytes. */
const minimum = 16;
/** A share has the key's length and one byte more: 33 of a 256-bit key. */
const maximum = 65;

/**
 * An unseal share as lower-case hex, from hex or base64 as a custodian noted it; spaces between groups are forgiven.
 * Throws `openbao_share_malformed`.
 */
export function parseShare(text: string): string {
  const compact = text.replace(/\s+/g, '');
  const hex = /^([0-9a-fA-F]{2})+$/.test(compact);
  const base64 = /^[A-Za-z0-9+/]+={0,2}$/.test(compact) && compact.length % 4 === 0;
  if (!hex && !base64) throw new ConsoleError('openbao_share_malformed');
  const bytes = Buffer.from(compact, hex ? 'hex' : 'base64');
  if (bytes.length < minimum || bytes.length > maximum) throw new ConsoleError('openbao_share_malformed');
  return bytes.toString('hex');
}
