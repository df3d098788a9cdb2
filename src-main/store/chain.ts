import { createHash } from 'node:crypto';

/** Hash of a chained entry: over its number, its body and the hash before it. Lower-case hex SHA-256. */
export const chainHash = (seq: number, body: string, previous: string): string =>
  createHash('sha256').update(`${seq}\n${body}\n${previous}`).digest('hex');
