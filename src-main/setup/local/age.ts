import { Decrypter, Encrypter } from 'age-encryption';

/** One file to write or to open, as data for the thread that does it. Bytes of the file are those of `age -p`. */
export type AgeJob =
  | { readonly do: 'seal'; readonly text: string; readonly passphrase: string; readonly workFactor: number }
  | { readonly do: 'open'; readonly data: Uint8Array; readonly passphrase: string };

/** `unopened`: another passphrase, or the file is damaged; age cannot tell them apart. */
export type AgeAnswer =
  | { readonly kind: 'sealed'; readonly data: Uint8Array }
  | { readonly kind: 'opened'; readonly text: string }
  | { readonly kind: 'unopened' };

/** Blocks its thread while scrypt derives the key: seconds, on purpose. */
export async function runAgeJob(job: AgeJob): Promise<AgeAnswer> {
  if (job.do === 'seal') {
    const encrypter = new Encrypter();
    encrypter.setPassphrase(job.passphrase);
    encrypter.setScryptWorkFactor(job.workFactor);
    return { kind: 'sealed', data: await encrypter.encrypt(job.text) };
  }
  const decrypter = new Decrypter();
  decrypter.addPassphrase(job.passphrase);
  try {
    return { kind: 'opened', text: await decrypter.decrypt(job.data, 'text') };
  } catch {
    return { kind: 'unopened' };
  }
}
