import {
  bytesOf,
  childrenOf,
  contentOf,
  DerCursor,
  malformed,
  readNode,
  readOnly,
  tags,
  type DerNode,
} from './der.ts';
import { oidOf, smallInteger } from './der-values.ts';
import { oidLabel } from './oids.ts';
import {
  bmpPassword,
  decryptByPassword,
  DerivationBudget,
  verifyPfxMac,
  type Password,
} from './password-encryption.ts';

/** What a PFX holds. Keys are PKCS#8 DER: whoever asks derives what may be shown and lets them go. */
export interface PfxContent {
  readonly certificates: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  readonly keys: readonly Uint8Array[];
  /** Bags of kinds that are not read. */
  readonly others: number;
}

/** Opened, or the password is missing or wrong. */
export type PfxResult =
  { readonly state: 'open'; readonly content: PfxContent } | { readonly state: 'closed' };

const maxBags = 5000;

/** The OCTET STRING inside `[0]` of a ContentInfo of type data. */
function explicitOctets(node: DerNode): Uint8Array {
  return contentOf(new DerCursor(node, 0xa0).next(tags.octetString));
}

class Reader {
  readonly certificates: Uint8Array[] = [];
  readonly crls: Uint8Array[] = [];
  readonly keys: Uint8Array[] = [];
  others = 0;
  private bags = 0;
  private readonly password: Password;
  private readonly budget: DerivationBudget;

  constructor(password: Password, budget: DerivationBudget) {
    this.password = password;
    this.budget = budget;
  }

  /** False: something did not open. */
  async safe(contents: DerNode, depth: number): Promise<boolean> {
    if (depth > 4) throw malformed(contents.offset, 'safe contents nested too deep');
    for (const bag of childrenOf(contents)) {
      if (++this.bags > maxBags) throw malformed(bag.offset, `more than ${maxBags} bags`);
      const cursor = new DerCursor(bag);
      const type = oidLabel(oidOf(cursor.next()));
      const wrapper = cursor.next(0xa0);
      const value = readNode(wrapper.bytes, wrapper.start, wrapper.end);
      if (!(await this.bag(type, value, depth))) return false;
    }
    return true;
  }

  private async bag(type: string, value: DerNode, depth: number): Promise<boolean> {
    switch (type) {
      case 'keyBag':
        this.keys.push(bytesOf(value));
        return true;
      case 'pkcs8ShroudedKeyBag': {
        const cursor = new DerCursor(value);
        const algorithm = cursor.next();
        const data = contentOf(cursor.next(tags.octetString));
        const key = await decryptByPassword(algorithm, data, this.password, this.budget);
        if (key !== undefined) this.keys.push(key);
        return key !== undefined;
      }
      case 'certBag':
      case '1.2.840.113549.1.12.10.1.4': {
        const cursor = new DerCursor(value);
        cursor.next(tags.oid);
        const der = explicitOctets(cursor.next());
        (type === 'certBag' ? this.certificates : this.crls).push(der);
        return true;
      }
      case '1.2.840.113549.1.12.10.1.6':
        return this.safe(value, depth + 1);
      default:
        this.others++;
        return true;
    }
  }
}

async function open(authSafe: Uint8Array, password: Password, budget: DerivationBudget): Promise<PfxResult> {
  const reader = new Reader(password, budget);
  for (const info of childrenOf(readOnly(authSafe))) {
    const cursor = new DerCursor(info);
    const type = oidLabel(oidOf(cursor.next()));
    const wrapper = cursor.next(0xa0);
    let contents: Uint8Array | undefined;
    if (type === 'data') contents = explicitOctets(wrapper);
    else if (type === 'encryptedData') {
      const encrypted = new DerCursor(new DerCursor(wrapper, 0xa0).next());
      encrypted.next(tags.integer);
      const inner = new DerCursor(encrypted.next());
      inner.next(tags.oid);
      const algorithm = inner.next();
      contents = await decryptByPassword(algorithm, contentOf(inner.next(0x80)), password, budget);
    } else {
      reader.others++;
      continue;
    }
    if (contents === undefined || !(await reader.safe(readOnly(contents), 0))) return { state: 'closed' };
  }
  const { certificates, crls, keys, others } = reader;
  return { state: 'open', content: { certificates, crls, keys, others } };
}

/**
 * Reads a PKCS#12 file (RFC 7292) with `password`; without one it tries the two forms of an empty password, which many tools
 * write. The MAC tells a wrong password from damaged content. Throws `der_malformed`, `certificate_encryption_unsupported`,
 * `certificate_encryption_costly`.
 */
export async function readPfx(der: Uint8Array, password: string | undefined): Promise<PfxResult> {
  const budget = new DerivationBudget();
  const cursor = new DerCursor(readOnly(der));
  const version = cursor.next();
  if (smallInteger(version) !== 3) throw malformed(version.offset, 'a PFX of another version than 3');
  const info = new DerCursor(cursor.next());
  const type = info.next();
  if (oidLabel(oidOf(type)) !== 'data') throw malformed(type.offset, 'a PFX that is signed by a key');
  const authSafe = explicitOctets(info.next());
  const macData = cursor.optional(tags.sequence);
  const text = password ?? '';
  const candidates: Password[] = [{ text, bmp: bmpPassword(text) }];
  if (text === '') candidates.push({ text, bmp: new Uint8Array() });
  for (const candidate of candidates) {
    if (macData !== undefined && !(await verifyPfxMac(macData, authSafe, candidate, budget))) continue;
    const result = await open(authSafe, candidate, budget);
    if (result.state === 'open' || macData !== undefined) return result;
  }
  return { state: 'closed' };
}
