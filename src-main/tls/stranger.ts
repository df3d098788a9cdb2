import { exportKey, generateKey } from '../x509/keys.ts';
import { issueLeaf, makeRoot } from '../x509/authority.ts';

/** A certificate and key that nobody here trusts. */
export interface Stranger {
  readonly certPem: string;
  readonly keyPem: string;
}

const hour = 3_600_000;

/**
 * Makes a stranger who claims the same name, as an impostor would: a leaf for `name` from a CA made for this one call. Valid for an
 * hour; nothing is written anywhere.
 */
export async function makeStranger(name: string, now: number = Date.now()): Promise<Stranger> {
  const notBefore = now - 60_000;
  const authority = await makeRoot({
    commonName: 'A stranger',
    keyType: 'ec-p256',
    notBefore,
    lifetime: 2 * hour,
    permittedNames: [],
  });
  const key = await generateKey('ec-p256');
  const leaf = await issueLeaf(
    { names: [name], key, purposes: ['server', 'client'], notBefore, lifetime: hour },
    authority,
  );
  return { certPem: leaf.pem, keyPem: exportKey(key) };
}
