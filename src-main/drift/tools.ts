import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { message } from '../../shared/message.ts';
import { hclFile } from '../openbao/hcl.ts';
import { scanHcl } from '../openbao/hcl-scan.ts';
import { isRemote } from '../rotation/targets.ts';
import type { Service } from '../services/entry.ts';
import { readBundle, sha256 } from '../tls/certificates.ts';
import { readTextFileIfPresent, replaceFileAtomic } from '../workspace/atomic.ts';
import { unifiedDiff } from '../workspace/diff.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { Found, Mend } from './found.ts';

const keepKey = 'remove_secret_id_file_after_reading';

/** A file brought to a text; undo puts back what was there. */
const textMend = (path: string, title: Mend['title'], text: string, diff: string): Mend => ({
  title,
  effects: [{ kind: 'file', path, action: 'change', diff }],
  check: async () => (await readTextFileIfPresent(path)) === text,
  apply: () => replaceFileAtomic(path, text),
  before: () => readTextFileIfPresent(path),
  async undo(before) {
    if (before !== undefined) await replaceFileAtomic(path, before);
  },
});

/** The text of an agent.hcl whose agent keeps the secret_id file after it has read it (failure mode C8). */
export function keepingSecretId(text: string): string {
  const [auth] = scanHcl(text).filter(({ name }) => name === 'auto_auth');
  const config = auth === undefined ? undefined : /(config\s*=?\s*\{)([^}]*)\}/.exec(text.slice(auth.start));
  if (auth === undefined || config === null || config === undefined) return text;
  const at = auth.start + config.index + (config[1]?.length ?? 0);
  const inner = config[2] ?? '';
  const set = new RegExp(`(${keepKey}\\s*=\\s*)(true|"true")`);
  if (set.test(inner))
    return text.slice(0, at) + inner.replace(set, '$1false') + text.slice(at + inner.length);
  if (inner.includes(keepKey)) return text;
  const indent = /\n([ \t]*)\S/.exec(inner)?.[1] ?? '  ';
  return `${text.slice(0, at)}\n${indent}${hclFile({ [keepKey]: false }, []).trim()}${text.slice(at)}`;
}

/** Infra agents, and those of services of the older generation: what they delete, and what is gone already. */
async function agentsDrift(paths: WorkspacePaths, services: readonly Service[]): Promise<Found[]> {
  const infra = (['stepca', 'responder'] as const).map((name) => ({
    name,
    hcl: paths.infraAgent(name, 'agent.hcl'),
    secretId: paths.infraAgent(name, 'secret_id'),
  }));
  const own = services
    .filter((service) => !isRemote(service))
    .map(({ id }) => ({ name: id, hcl: paths.serviceAgent(id, 'agent.hcl'), secretId: undefined }));
  const found = await Promise.all(
    [...infra, ...own].map(async ({ name, hcl, secretId }): Promise<Found[]> => {
      const text = await readTextFileIfPresent(hcl).catch(() => undefined);
      if (text === undefined) return [];
      const wanted = keepingSecretId(text);
      const diff = unifiedDiff(text, wanted, { path: hcl });
      const mend = textMend(hcl, message('drift.step.keep_secret_id', { path: hcl }), wanted, diff);
      const base = { id: `agent:${name}`, area: 'files', what: hcl, mend } as const;
      const keeps: Found =
        text === wanted
          ? { ...base, state: 'agrees' }
          : { ...base, state: 'differs', diff, detail: message('drift.detail.deletes_secret_id') };
      if (secretId === undefined) return [keeps];
      const there = (await readTextFileIfPresent(secretId).catch(() => '')) !== undefined;
      if (there) return [keeps];
      const detail = message('drift.detail.secret_id_gone', { agent: name });
      return [
        keeps,
        { id: `infra-secret-id:${name}`, area: 'files', what: secretId, state: 'missing', detail },
      ];
    }),
  );
  return found.flat();
}

const isAnchor = (one: X509Certificate): boolean => one.subject === one.issuer;

/** Bundles without a self-signed anchor: whoever checks a chain by them finds no end of it (failure mode C4). */
async function bundlesDrift(paths: WorkspacePaths, services: readonly Service[]): Promise<Found[]> {
  const root = await readFile(paths.rootCert, 'utf8').catch(() => undefined);
  const bundles = new Set([
    paths.bundle,
    ...services.filter((service) => !isRemote(service)).map(({ bundle }) => bundle),
  ]);
  const found = await Promise.all(
    [...bundles].map(async (path): Promise<Found[]> => {
      const text = await readTextFileIfPresent(path).catch(() => undefined);
      if (text === undefined) return [];
      const certificates = readBundle(text);
      const base = { id: `bundle:${path}`, area: 'files', what: path } as const;
      const detail = message('drift.detail.no_anchor', { count: certificates.length });
      const anchored = certificates.some(isAnchor);
      if (root === undefined) return anchored ? [] : [{ ...base, state: 'differs', detail }];
      const anchor = new X509Certificate(root);
      const there = certificates.some((one) => sha256(one) === sha256(anchor));
      const wanted = there ? text : `${text.replace(/\n*$/, '\n')}${anchor.toString()}`;
      const diff = unifiedDiff(text, wanted, { path });
      const mend = textMend(path, message('drift.step.anchor', { path }), wanted, diff);
      return [
        anchored ? { ...base, state: 'agrees', mend } : { ...base, state: 'differs', detail, diff, mend },
      ];
    }),
  );
  return found.flat();
}

const imageLine = /^(\s*image:\s*["']?)([\w./-]+)(:latest)?(["']?[ \t]*)$/gm;

/** A Compose file whose OpenBao images have this version, where they had none. */
export const pinned = (text: string, version: string): string =>
  text.replace(imageLine, (line: string, head: string, name: string, _tag: unknown, end: string) =>
    name.endsWith('openbao/openbao') ? `${head}${name}:${version}${end}` : line,
  );

/** Images by a name that means another version tomorrow: the way into failure mode C34. OpenBao's is pinned to what runs. */
async function imagesDrift(
  paths: WorkspacePaths,
  version: () => Promise<string | undefined>,
): Promise<Found[]> {
  const files = [paths.composeFile, paths.openbaoAgentComposeOverride, paths.responderComposeOverride];
  const found = await Promise.all(
    files.map(async (path): Promise<Found[]> => {
      const text = await readTextFileIfPresent(path).catch(() => undefined);
      const images = [...new Set([...(text ?? '').matchAll(imageLine)].map(([, , name]) => name ?? ''))];
      if (text === undefined) return [];
      const base = { id: `image:${path}`, area: 'files', what: path } as const;
      if (images.length === 0) {
        // What was pinned can be taken back.
        const title = message('drift.step.pin', { path, version: '' });
        const mend = textMend(path, title, text, '');
        return text.includes('openbao/openbao:') ? [{ ...base, state: 'agrees', mend }] : [];
      }
      const running = await version();
      const wanted = running === undefined ? text : pinned(text, running);
      const diff = unifiedDiff(text, wanted, { path });
      const detail = message('drift.detail.floating_image', { images: images.join(', ') });
      const title = message('drift.step.pin', { path, version: running ?? '' });
      return [
        {
          ...base,
          state: 'differs',
          detail,
          ...(wanted === text ? {} : { diff, mend: textMend(path, title, wanted, diff) }),
        },
      ];
    }),
  );
  return found.flat();
}

/**
 * What installations of the bootroot tools are known to suffer from, beyond what they declare.
 * @param version of the OpenBao that runs, if one answers
 */
export const toolsDrift = async (
  paths: WorkspacePaths,
  services: readonly Service[],
  version: () => Promise<string | undefined>,
): Promise<Found[]> => [
  ...(await agentsDrift(paths, services)),
  ...(await bundlesDrift(paths, services)),
  ...(await imagesDrift(paths, version)),
];
