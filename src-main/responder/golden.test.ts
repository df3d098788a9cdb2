import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAsTools } from '../../test/support/contract/read.ts';
import { editToml } from '../workspace/toml.ts';
import { readResponderConfig } from './config.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'responder-golden-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe.each(['older', 'newer'] as const)('responder.toml of the %s generation', (generation) => {
  const golden = (): Promise<string> =>
    readFile(new URL(`golden/responder-${generation}.toml`, import.meta.url), 'utf8');

  it('means the same here as there', async () => {
    const text = await golden();
    const path = join(directory, 'responder.toml');
    await writeFile(path, text);
    const {
      tls_cert_path: cert,
      tls_key_path: key,
      ...theirs
    } = readAsTools('responder', generation, text) as Record<string, unknown>;
    const ours = await readResponderConfig(path, {});
    const { site_note: note, ...known } = theirs;
    expect(ours).toMatchObject(known);
    expect(note).toBe(generation === 'older' ? 'ours' : undefined);
    expect([ours.tls_cert_path, ours.tls_key_path]).toEqual(
      generation === 'older'
        ? [undefined, undefined]
        : [join(directory, String(cert)), join(directory, String(key))],
    );
  });

  it('with a new secret, and the old one for its overlap, is read by the tools; the rest stays byte for byte', async () => {
    const text = await golden();
    const edited = editToml(
      text,
      [
        { path: ['hmac_secret'], value: 'secret of after' },
        { path: ['previous_hmac_secret'], value: 'secret of before' },
        { path: ['previous_hmac_until'], value: 1_900_000_000 },
      ],
      'responder.toml',
    );
    for (const reader of ['older', 'newer'] as const)
      expect(readAsTools('responder', reader, edited)).toMatchObject({ hmac_secret: 'secret of after' });
    const kept = edited
      .split('\n')
      .filter((line) => !line.startsWith('previous_'))
      .join('\n');
    expect(kept).toBe(text.replace('secret of before', 'secret of after'));
  });
});
