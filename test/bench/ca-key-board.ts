import { readFile, rm, writeFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { eachBounded } from '../../src-main/rotation/bounded.ts';
import { boardOf } from '../../src-main/rotation/ca-key/board.ts';
import { LocalRows } from '../../src-main/rotation/ca-key/local-rows.ts';
import { identityOf } from '../../src-main/services/identity.ts';
import { testPki } from '../support/pki.ts';
import type { Fleet } from './fleet.ts';

/** As many as the page's own looks begin. */
const handshakes = 12;

/** In the middle of a rotation: both CAs are trusted, every service still has a leaf of the old one. */
async function begin({ paths, members, authority: old }: Fleet): Promise<void> {
  const next = await testPki('Bench next');
  await writeFile(`${paths.intermediateCert}.next`, next.intermediate.pem);
  await writeFile(`${paths.rootCert}.next`, next.root.pem);
  await writeFile(paths.bundle, old.bundle + next.bundle);
  await eachBounded(members, async ({ id }) => {
    const leaf = await old.leaf([
      identityOf({ instanceId: '001', serviceName: id, hostname: 'host', domain: 'trusted.domain' }),
    ]);
    await writeFile(paths.cert(id), leaf.cert);
    await writeFile(paths.key(id), leaf.key, { mode: 0o600 });
    const config = paths.resolve(`agents/${id}.toml`);
    const pins = [old, next].flatMap(({ root, intermediate }) => [root.sha256, intermediate.sha256]);
    const text = await readFile(config, 'utf8');
    await writeFile(
      config,
      text.replace(/trusted_ca_sha256 = .*/, `trusted_ca_sha256 = ${JSON.stringify(pins)}`),
    );
  });
  await writeFile(
    paths.rotationState,
    JSON.stringify({
      mode: 'full',
      started_at: new Date().toISOString(),
      old_root_fp: old.root.sha256,
      new_root_fp: next.root.sha256,
      old_intermediate_fp: old.intermediate.sha256,
      new_intermediate_fp: next.intermediate.sha256,
      phase: 1,
      console: { stage: 'published', waivers: {} },
    }),
  );
}

/** How long the page waits for the gate of all services: the first time, and when it asks again. Seconds. */
export async function boardLooks(fleet: Fleet): Promise<readonly (readonly [string, number])[]> {
  await begin(fleet);
  const rows = new LocalRows();
  const look = async (): Promise<number> => {
    const begun = performance.now();
    const board = await boardOf(fleet.context, { rows, handshakes });
    const took = (performance.now() - begun) / 1_000;
    const green = board.rows.filter((row) => row.green).length;
    if (board.rows.length !== fleet.members.length || green !== board.rows.length)
      throw new Error(`${String(green)} of ${String(board.rows.length)} rows are green`);
    return took;
  };
  const measures = [
    ['gate of 1000 services, first look', await look()],
    ['gate of 1000 services, again', await look()],
  ] as const;
  await rm(fleet.paths.rotationState);
  return measures;
}
