import { afterAll, expect, test } from 'vitest';
import { childrenOf, contentOf, readOnly } from './der.ts';
import { bmpPassword, decryptByPassword, DerivationBudget } from './password-encryption.ts';
import { OpenSsl } from './testing.ts';

const ssl = new OpenSsl();
afterAll(() => ssl.close());

test('a wrong password whose padding happens to look right is wrong all the same', async () => {
  ssl.must('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'any.key');
  ssl.must(
    ...['pkcs8', '-topk8', '-in', 'any.key', '-v2', 'aes-256-cbc', '-iter', '1'],
    ...['-passout', 'pass:secret', '-outform', 'DER', '-out', 'any.der'],
  );
  const [algorithm, data] = [...childrenOf(readOnly(ssl.read('any.der')))];
  if (algorithm === undefined || data === undefined) throw new Error('no EncryptedPrivateKeyInfo');
  const opens = async (text: string): Promise<boolean> => {
    const password = { text, bmp: bmpPassword(text) };
    return (
      (await decryptByPassword(algorithm, contentOf(data), password, new DerivationBudget())) !== undefined
    );
  };
  expect(await opens('secret')).toBe(true);
  // About one in 256 of these passes the look at the padding.
  for (let guess = 0; guess < 3_000; guess += 1) expect(await opens(`guess ${guess}`)).toBe(false);
});
