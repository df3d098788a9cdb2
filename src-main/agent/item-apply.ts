import { dirname } from 'node:path';
import { readBundle } from '../tls/certificates.ts';
import { ensureDirectory, readTextFileIfPresent, replaceFileAtomic } from '../workspace/atomic.ts';
import { mergeBundle } from '../x509/trust-bundle.ts';
import type { FastPollConfig } from './config.ts';
import type { FastPollAgent } from './fast-poll.ts';
import { eabDocument, hmacDocument, secretIdDocument, trustDocument } from './kv-documents.ts';
import type { OpenBaoAccess } from './openbao-access.ts';
import type { Item } from './seen-versions.ts';

/** refused: no such document. unproved: a secret_id that OpenBao does not take. */
export type Applied = 'applied' | 'refused' | 'unproved';

async function applyTrust(agent: FastPollAgent, data: unknown): Promise<'applied' | 'refused'> {
  const parsed = trustDocument.safeParse(data);
  const { bundlePath } = agent.config.trust;
  if (!parsed.success || bundlePath === undefined) return 'refused';
  const { pins, bundle } = parsed.data;
  const present = (await readTextFileIfPresent(bundlePath, { maxBytes: 4 * 1024 * 1024 })) ?? '';
  const raw = (pem: string): Uint8Array[] => readBundle(pem).map((one) => one.raw);
  const all = [...bundle.map((one) => one.raw), ...raw(present)];
  // First what both generations of pins need, then the pins, then the new generation alone: a crash in between leaves no gap.
  await writeBundle(bundlePath, mergeBundle([...agent.config.trust.pins, ...pins], [], all).pem);
  const merged = mergeBundle(pins, [], all);
  await agent.edit({ trust: { trusted_ca_sha256: pins } });
  await writeBundle(bundlePath, merged.pem);
  await agent.reload();
  return 'applied';
}

/** Owner and mode of a bundle that is there stay; a new one can be read by the service. */
async function writeBundle(path: string, pem: string): Promise<void> {
  if ((await readTextFileIfPresent(path, { maxBytes: 4 * 1024 * 1024 })) === pem) return;
  await ensureDirectory(dirname(path), { mode: 0o755 });
  await replaceFileAtomic(path, pem, { mode: 0o644 });
}

async function applyHmac(agent: FastPollAgent, data: unknown): Promise<'applied' | 'refused'> {
  const parsed = hmacDocument.safeParse(data);
  if (!parsed.success) return 'refused';
  if (parsed.data === agent.config.acme.http_responder_hmac) return 'applied';
  await agent.edit({ acme: { http_responder_hmac: parsed.data } });
  await agent.reload();
  return 'applied';
}

async function applyEab(agent: FastPollAgent, data: unknown): Promise<'applied' | 'refused'> {
  const parsed = eabDocument.safeParse(data);
  const { eabFile } = agent.config;
  if (!parsed.success || eabFile === undefined) return 'refused';
  const text = `${JSON.stringify(parsed.data, null, 2)}\n`;
  if ((await readTextFileIfPresent(eabFile)) === text) return 'applied';
  await replaceFileAtomic(eabFile, text, { mode: 0o600 });
  await agent.reload();
  return 'applied';
}

/** Proved by a login before it replaces the one that works: a bad value would lock this host out (⚠ of the newer agent). */
async function applySecretId(
  config: FastPollConfig,
  access: OpenBaoAccess,
  data: unknown,
): Promise<'applied' | 'refused' | 'unproved'> {
  const parsed = secretIdDocument.safeParse(data);
  if (!parsed.success) return 'refused';
  const present = await access.secretId().catch(() => undefined);
  if (present === parsed.data) return 'applied';
  if (!(await access.accepts(parsed.data))) return 'unproved';
  await replaceFileAtomic(config.secretIdPath, parsed.data, { mode: 0o600 });
  return 'applied';
}

/** Brings what one path holds into effect on this host. Throws what the files and the agent refuse. */
export function applyItem(
  item: Item,
  data: unknown,
  agent: FastPollAgent,
  config: FastPollConfig,
  access: OpenBaoAccess,
): Promise<Applied> {
  switch (item) {
    case 'trust':
      return applyTrust(agent, data);
    case 'responder_hmac':
      return applyHmac(agent, data);
    case 'eab':
      return applyEab(agent, data);
    case 'secret_id':
      return applySecretId(config, access, data);
  }
}
