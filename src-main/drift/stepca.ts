import { X509Certificate } from 'node:crypto';
import { errorMessages } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { toErrorData } from '../operations/error-data.ts';
import { pause } from '../operations/pause.ts';
import type { ServicesContext } from '../services/context.ts';
import { acmeProvisioner } from '../stepca/ca-config.ts';
import { StepCa } from '../stepca/step-ca.ts';
import { sha256 } from '../tls/certificates.ts';
import { readTextFileIfPresent, replaceFileAtomic } from '../workspace/atomic.ts';
import { caDsn, editCaConfig, parseCaConfig } from '../workspace/ca-json.ts';
import { unifiedDiff } from '../workspace/diff.ts';
import type { Found, Mend } from './found.ts';

/** What the console knows of a step-ca that it runs. */
export interface ManagedStepCa {
  /** Life of a leaf as it was chosen. */
  readonly leafHours: number;
  /** Makes it read ca.json again (SIGHUP). */
  readonly reload: () => Promise<unknown>;
}

const area = 'stepca' as const;
/** A signal is answered a moment later. */
const reloadTries = 100;

/** The provisioner in the address of an ACME directory. */
const provisionerOf = (directoryUrl: string): string =>
  decodeURIComponent(/^\/acme\/([^/]+)\/directory/.exec(new URL(directoryUrl).pathname)?.[1] ?? 'acme');

/** ca.json with the provisioner as declared; what else it or others say stays. */
const withProvisioner = (text: string, path: string, name: string, leafHours: number): string =>
  editCaConfig(text, path, (draft) => {
    const all = draft.authority?.provisioners ?? [];
    const at = all.findIndex((one) => one.name === name);
    const wanted = acmeProvisioner(name, leafHours);
    const found = all[at];
    const claims = { ...(found?.['claims'] as object | undefined), ...wanted.claims };
    const provisioners =
      found === undefined
        ? [...all, wanted]
        : all.map((one, index) => (index === at ? { ...found, ...wanted, claims } : one));
    draft.authority = { ...draft.authority, provisioners };
  });

/** The same of the template of ca.json, whose placeholders of OpenBao's Agent are no JSON: it renders ca.json anew (failure mode C12). */
export function templateWithProvisioner(text: string, path: string, name: string, leafHours: number): string {
  const held: string[] = [];
  const plain = text.replace(/"\{\{.*\}\}"/g, (found) => `"held-${held.push(found) - 1}-held"`);
  const edited = withProvisioner(plain, path, name, leafHours);
  return edited.replace(/"held-(\d+)-held"/g, (_all, index: string) => held[Number(index)] ?? '');
}

interface Wanted {
  readonly services: ServicesContext;
  readonly managed: ManagedStepCa;
  readonly name: string;
}

async function open(services: ServicesContext): Promise<StepCa> {
  const ca = await readTextFileIfPresent(services.paths.rootCert);
  const { directoryUrl } = await services.endpoints();
  return new StepCa({ url: new URL(directoryUrl).origin, ...(ca === undefined ? {} : { ca }) });
}

async function isServed(services: ServicesContext, name: string): Promise<boolean> {
  const stepCa = await open(services);
  try {
    await stepCa.directory(name);
    return true;
  } catch {
    return false;
  } finally {
    stepCa.close();
  }
}

function provisionerMend({ services, managed, name }: Wanted, diff: string): Mend {
  const { paths } = services;
  const [caConfig, template] = [paths.caConfig, paths.template('ca.json')];
  const texts = async (): Promise<Record<string, string>> => {
    const found = await Promise.all(
      [caConfig, template].map(async (path) => [path, await readTextFileIfPresent(path)] as const),
    );
    return Object.fromEntries(found.filter((one): one is readonly [string, string] => one[1] !== undefined));
  };
  const wanted = (path: string, text: string): string =>
    path === template
      ? templateWithProvisioner(text, path, name, managed.leafHours)
      : withProvisioner(text, path, name, managed.leafHours);
  const write = async (all: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, text] of Object.entries(all))
      if ((await readTextFileIfPresent(path)) !== text) await replaceFileAtomic(path, text);
  };
  const reload = async (served: boolean): Promise<void> => {
    await managed.reload();
    for (let tries = 0; tries < reloadTries && (await isServed(services, name)) !== served; tries += 1)
      await pause(100);
  };
  return {
    title: message('drift.step.provisioner', { name }),
    effects: [
      ...(diff === '' ? [] : [{ kind: 'file', path: caConfig, action: 'change', diff } as const]),
      { kind: 'process', name: 'step-ca', action: 'reload' },
    ],
    async check() {
      const all = Object.entries(await texts());
      return all.every(([path, text]) => wanted(path, text) === text) && (await isServed(services, name));
    },
    async apply() {
      const all = Object.entries(await texts());
      await write(Object.fromEntries(all.map(([path, text]) => [path, wanted(path, text)])));
      await reload(true);
    },
    before: async () => JSON.stringify(await texts()),
    async undo(before) {
      if (before === undefined) return;
      const all = JSON.parse(before) as Record<string, string>;
      const names = parseCaConfig(all[caConfig] ?? '{}', caConfig).authority?.provisioners ?? [];
      await write(all);
      await reload(names.some((one) => one.name === name));
    },
  };
}

async function provisionerItem(
  services: ServicesContext,
  managed: ManagedStepCa | undefined,
  config: { readonly text: string; readonly path: string } | undefined,
  name: string,
): Promise<Found> {
  const base = { id: `provisioner:${name}`, area, what: `provisioner ${name} (ACME)` };
  const served = await isServed(services, name);
  if (config === undefined) return { ...base, state: served ? 'agrees' : 'missing' };
  const { text, path } = config;
  const isOurs = managed !== undefined && name === provisionerOf((await services.endpoints()).directoryUrl);
  const wanted = isOurs ? withProvisioner(text, path, name, managed.leafHours) : text;
  const secrets = [caDsn(parseCaConfig(text, path)) ?? ''];
  const diff = wanted === text ? '' : unifiedDiff(text, wanted, { path, secrets });
  const mend = isOurs ? { mend: provisionerMend({ services, managed, name }, diff) } : {};
  if (served && diff === '') return { ...base, state: 'agrees', ...mend };
  return {
    ...base,
    state: served ? 'differs' : 'missing',
    ...(diff === '' ? { detail: message('drift.detail.not_loaded') } : { diff }),
    ...mend,
  };
}

/** Root and provisioners: what ca.json says, what is served, and the ACME directory that the installation names. */
export async function stepcaDrift(
  services: ServicesContext,
  managedStepCa: () => Promise<ManagedStepCa | undefined>,
): Promise<Found[]> {
  const { paths } = services;
  const pem = await readTextFileIfPresent(paths.rootCert);
  if (pem === undefined) return [];
  const path = paths.caConfig;
  const stepCa = await open(services);
  try {
    const text = await readTextFileIfPresent(path);
    const managed = text === undefined ? undefined : await managedStepCa();
    const listed = text === undefined ? [] : (parseCaConfig(text, path).authority?.provisioners ?? []);
    const declared = sha256(new X509Certificate(pem));
    const served = await stepCa.roots();
    const root: Found = {
      id: 'stepca-root',
      area,
      what: `root ${declared.slice(0, 16)}`,
      state: served.some((one) => one.sha256 === declared) ? 'agrees' : 'differs',
    };
    const own = provisionerOf((await services.endpoints()).directoryUrl);
    const names = new Set([own, ...listed.filter(({ type }) => type === 'ACME').map(({ name }) => name)]);
    const config = text === undefined ? undefined : { text, path };
    return [
      root,
      ...(await Promise.all([...names].map((name) => provisionerItem(services, managed, config, name)))),
    ];
  } catch (error) {
    const detail = errorMessages(toErrorData(error)).what;
    return [{ id: 'stepca', area, what: 'step-ca', state: 'unknown', detail }];
  } finally {
    stepCa.close();
  }
}
