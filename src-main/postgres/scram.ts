import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const iterations = 4096;
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/**
 * What PostgreSQL keeps of a password (RFC 5803, as in `pg_authid.rolpassword`). Computed here, so that the password itself
 * is in no statement and thus in no log of the server.
 * @param salt 16 random bytes unless a test says otherwise
 */
export async function scramVerifier(password: string, salt: Buffer = randomBytes(16)): Promise<string> {
  // SASLprep (RFC 4013) of a password without control characters is its NFKC form.
  const prepared = Buffer.from(password.normalize('NFKC'), 'utf8');
  const salted = await promisify(pbkdf2)(prepared, salt, iterations, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${String(iterations)}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
