import { randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * bcrypt, the only form in which Prometheus takes a password (its web configuration, `basic_auth_users`), and which Node does not have.
 * By Provos and Mazières, "A Future-Adaptable Password Scheme" (1999). Only for passwords that the console makes itself.
 */
const roundsOfKey = 18;
const words = roundsOfKey + 4 * 256;
const alphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const magic = 'OrpheanBeholderScryDoubt';

/** A thousandfold of rounds: as much as Prometheus itself proposes. */
const usualCost = 10;

let first: Uint32Array | undefined;

/** Blowfish begins with the digits of π behind the point (by Machin's formula), 32 bits a word. */
function digitsOfPi(): Uint32Array {
  if (first !== undefined) return first;
  const guard = 64n;
  const bits = BigInt(words * 32) + guard;
  const arctan = (over: bigint): bigint => {
    let power = (1n << bits) / over;
    let sum = power;
    for (let n = 3n; power !== 0n; n += 2n) {
      power /= -(over * over);
      sum += power / n;
    }
    return sum;
  };
  let fraction = (4n * (4n * arctan(5n) - arctan(239n)) - (3n << bits)) >> guard;
  const found = new Uint32Array(words);
  for (let index = words - 1; index >= 0; index -= 1) {
    found[index] = Number(fraction & 0xffffffffn);
    fraction >>= 32n;
  }
  first = found;
  return found;
}

/** Blowfish with the expensive key schedule. */
class Cipher {
  /** Subkeys, and behind them the four boxes. */
  readonly #state = Uint32Array.from(digitsOfPi());
  readonly #half = new Uint32Array(2);

  /** The two halves of a block, in place. */
  encrypt(block: Uint32Array, at = 0): void {
    const state = this.#state;
    let left = block[at] ?? 0;
    let right = block[at + 1] ?? 0;
    for (let round = 0; round < 16; round += 2) {
      left ^= state[round] ?? 0;
      right ^= this.#mix(left);
      right ^= state[round + 1] ?? 0;
      left ^= this.#mix(right);
    }
    block[at] = right ^ (state[17] ?? 0);
    block[at + 1] = left ^ (state[16] ?? 0);
  }

  #mix(half: number): number {
    const state = this.#state;
    const box = (index: number, shift: number): number =>
      state[roundsOfKey + index * 256 + ((half >>> shift) & 0xff)] ?? 0;
    return ((((box(0, 24) + box(1, 16)) | 0) ^ box(2, 8)) + box(3, 0)) | 0;
  }

  expand(key: Uint32Array, salt: Uint32Array): void {
    const state = this.#state;
    for (let index = 0; index < roundsOfKey; index += 1)
      state[index] = (state[index] ?? 0) ^ (key[index % key.length] ?? 0);
    const half = this.#half.fill(0);
    for (let index = 0; index < words; index += 2) {
      half[0] = (half[0] ?? 0) ^ (salt[index % salt.length] ?? 0);
      half[1] = (half[1] ?? 0) ^ (salt[(index + 1) % salt.length] ?? 0);
      this.encrypt(half);
      state.set(half, index);
    }
  }
}

/** As many words as asked for, of bytes that begin again at their end. */
function cyclic(bytes: Uint8Array, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, word) =>
    [0, 1, 2, 3].reduce((sum, byte) => (sum << 8) | (bytes[(word * 4 + byte) % bytes.length] ?? 0), 0),
  );
}

function encode(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,6}/g) ?? []).map((six) => alphabet[parseInt(six.padEnd(6, '0'), 2)]).join('');
}

function decode(text: string): Uint8Array {
  const bits = [...text].map((char) => alphabet.indexOf(char).toString(2).padStart(6, '0')).join('');
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

function hashed(password: string, salt: Uint8Array, cost: number, version: string): string {
  const key = cyclic(Buffer.from(`${password}\0`, 'utf8').subarray(0, 72), roundsOfKey);
  const salted = cyclic(salt, 4);
  const none = new Uint32Array(1);
  const cipher = new Cipher();
  cipher.expand(key, salted);
  for (let round = 0; round < 2 ** cost; round += 1) {
    cipher.expand(key, none);
    cipher.expand(salted, none);
  }
  const text = cyclic(Buffer.from(magic, 'latin1'), 6);
  for (let at = 0; at < 6; at += 2) for (let round = 0; round < 64; round += 1) cipher.encrypt(text, at);
  const bytes = Buffer.alloc(24);
  text.forEach((word, index) => bytes.writeUInt32BE(word, index * 4));
  return `$${version}$${String(cost).padStart(2, '0')}$${encode(salt)}${encode(bytes.subarray(0, 23))}`;
}

/** A hash of a password, with a salt of its own. About a tenth of a second. */
export const bcrypt = (password: string): string => hashed(password, randomBytes(16), usualCost, '2b');

/** Whether a hash is this password's. */
export function isBcryptOf(hash: string, password: string): boolean {
  const [, version = '', cost = '', salt = ''] =
    /^\$(2[aby])\$(\d\d)\$([./A-Za-z0-9]{22})[./A-Za-z0-9]{31}$/.exec(hash) ?? [];
  if (version === '') return false;
  const other = hashed(password, decode(salt), Number(cost), version);
  return other.length === hash.length && timingSafeEqual(Buffer.from(other), Buffer.from(hash));
}
