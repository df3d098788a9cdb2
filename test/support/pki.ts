import { exportKey, generateKey } from '../../src-main/x509/keys.ts';
import { issueLeaf, makeHierarchy, type Authority, type LeafPurpose } from '../../src-main/x509/authority.ts';

const day = 86_400_000;

/** A leaf with its key, all PEM. */
export interface TestLeaf {
  readonly cert: string;
  readonly key: string;
  readonly sha256: string;
}

/** A CA of root and intermediate for a test. */
export interface TestPki {
  readonly root: Authority;
  readonly intermediate: Authority;
  /** Root and intermediate. */
  readonly bundle: string;
  leaf(
    names: readonly string[],
    options?: { purposes?: readonly LeafPurpose[]; notBefore?: number; lifetime?: number },
  ): Promise<TestLeaf>;
}

/** Makes a CA; two of the same name share their subjects, as after a renewal of the CA's keys. */
export async function testPki(name = 'Test'): Promise<TestPki> {
  const notBefore = Date.now() - 10 * day;
  const { root, intermediate } = await makeHierarchy({
    name,
    keyType: 'ec-p256',
    notBefore,
    rootLifetime: 400 * day,
    intermediateLifetime: 300 * day,
    pathLength: 0,
    permittedNames: [],
  });
  return {
    root,
    intermediate,
    bundle: `${intermediate.pem}${root.pem}`,
    async leaf(names, options = {}) {
      const key = await generateKey('ec-p256');
      const leaf = await issueLeaf(
        {
          names,
          key,
          purposes: options.purposes ?? ['server', 'client'],
          notBefore: options.notBefore ?? Date.now() - 60_000,
          lifetime: options.lifetime ?? day,
        },
        intermediate,
      );
      return { cert: leaf.pem, key: exportKey(key), sha256: leaf.sha256 };
    },
  };
}
