import * as crypto from 'node:crypto';

/** Node 20.12 and later digest in one call, which is much cheaper than an object for each; older ones have no such call. */
const oneShot = 'hash' in crypto ? crypto.hash : undefined;

/** Digest in lower-case hex. */
export function digestHex(algorithm: 'sha1' | 'sha256', bytes: Uint8Array): string {
  return oneShot === undefined
    ? crypto.createHash(algorithm).update(bytes).digest('hex')
    : oneShot(algorithm, bytes, 'hex');
}
