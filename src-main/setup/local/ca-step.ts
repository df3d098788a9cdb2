import { X509Certificate, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Effect } from '../../../shared/contract/operations.ts';
import type { Run, Step } from '../../operations/types.ts';
import { removeFile, writeFileAtomic } from '../../workspace/atomic.ts';
import { makeHierarchy, openAuthority } from '../../x509/authority.ts';
import { decryptKey, encryptKey } from '../../x509/keys.ts';
import { kvMount, rootClient, type SetupContext } from './context.ts';

const year = 365 * 24 * 3600 * 1000;
/** Clocks of service hosts may run behind this one. */
const backdate = 5 * 60 * 1000;

const passwordPath = 'bootroot/stepca/password';

/** The step-ca key password as OpenBao has it. */
export async function storedPassword(context: SetupContext, run: Run): Promise<string | undefined> {
  const root = await rootClient(context, run);
  const value = (await root.kv.read(passwordPath))?.data['value'];
  return typeof value === 'string' ? value : undefined;
}

/** OpenBao has the password before any file has it: what is lost with the disk is found again there. */
export function passwordStep(context: SetupContext): Step {
  return {
    id: 'password',
    title: message('setup.step.password'),
    effects: [
      { kind: 'openbao', path: `${kvMount}/${passwordPath}`, action: 'create', what: 'kv', detail: 'value' },
      { kind: 'file', path: context.paths.passwordFile, action: 'create', mode: '0600' },
    ],
    async check(run) {
      const stored = await storedPassword(context, run);
      if (stored === undefined) return false;
      const text = await readFile(context.paths.passwordFile, 'utf8').catch(() => undefined);
      return text?.trimEnd() === stored;
    },
    async apply(run) {
      const root = await rootClient(context, run);
      let password = await storedPassword(context, run);
      if (password === undefined) {
        password = randomBytes(32).toString('base64url');
        await root.kv.write(passwordPath, { value: password });
      }
      await writeFileAtomic(context.paths.passwordFile, password, { mode: 0o600 });
    },
    undo: async () => {
      await removeFile(context.paths.passwordFile);
    },
  };
}

/** Whether certificate and key are there, belong together and open with the password. */
async function opens(certificate: string, key: string, password: string): Promise<boolean> {
  try {
    const der = new X509Certificate(await readFile(certificate)).raw;
    openAuthority(der, decryptKey(await readFile(key, 'utf8'), password));
    return true;
  } catch {
    return false;
  }
}

/** Both CA keys open with this password and belong to their certificates. */
export async function authorityOpens(context: SetupContext, password: string): Promise<boolean> {
  const { paths } = context;
  return (
    (await opens(paths.rootCert, paths.rootKey, password)) &&
    (await opens(paths.intermediateCert, paths.intermediateKey, password))
  );
}

function caFiles(context: SetupContext): Effect[] {
  const { paths } = context;
  const certificates = [paths.rootCert, paths.intermediateCert];
  const keys = [paths.rootKey, paths.intermediateKey];
  const file = (path: string, mode: string): Effect => ({ kind: 'file', path, action: 'create', mode });
  return [...certificates.map((path) => file(path, '0644')), ...keys.map((path) => file(path, '0600'))];
}

/** The servers' own names: a CA that may not sign them cannot start, or nobody could trust it. Empty: any name. */
function permittedNames({ input, topology, ports }: SetupContext): string[] {
  const { permittedNames: names } = input.ca;
  const { inside } = topology;
  const own = [...inside.stepCa(ports.now).names, ...inside.names.openbao, ...inside.names.postgres];
  // Addresses are not restricted as long as none is permitted (RFC 5280, section 4.2.1.10).
  return names.length === 0 ? [] : [...new Set([...names, ...own.filter((name) => isIP(name) === 0)])];
}

/**
 * Root and intermediate, keys encrypted before they touch the disk. Until the step is done nothing was issued below them,
 * so a half-written set is simply made anew.
 */
export function caStep(context: SetupContext): Step {
  const { ca } = context.input;
  const { paths } = context;
  return {
    id: 'ca',
    title: message('setup.step.ca'),
    effects: [
      { kind: 'certificate', subject: `CN=${ca.name} Root`, names: permittedNames(context) },
      { kind: 'certificate', subject: `CN=${ca.name} Intermediate`, names: permittedNames(context) },
      ...caFiles(context),
    ],
    weight: ca.keyType === 'rsa-4096' ? 3 : 1,
    async check(run) {
      const password = await storedPassword(context, run);
      return password !== undefined && (await authorityOpens(context, password));
    },
    async apply(run) {
      const password = await storedPassword(context, run);
      if (password === undefined) throw new ConsoleError('setup_shares_missing', { path: passwordPath });
      const { root, intermediate } = await makeHierarchy({
        name: ca.name,
        keyType: ca.keyType,
        notBefore: context.now() - backdate,
        rootLifetime: ca.rootYears * year,
        intermediateLifetime: ca.intermediateYears * year,
        // The choice says how many CAs may stand below the root; one of them is the intermediate itself.
        pathLength: Math.max(0, ca.pathLength - 1),
        permittedNames: permittedNames(context),
      });
      await writeFileAtomic(paths.rootKey, encryptKey(root.key, password), { mode: 0o600 });
      await writeFileAtomic(paths.intermediateKey, encryptKey(intermediate.key, password), { mode: 0o600 });
      await writeFileAtomic(paths.rootCert, root.pem, { mode: 0o644 });
      await writeFileAtomic(paths.intermediateCert, intermediate.pem, { mode: 0o644 });
      run.changed('root', undefined, root.sha256);
      run.changed('intermediate', undefined, intermediate.sha256);
    },
    async undo() {
      for (const path of [paths.rootKey, paths.intermediateKey, paths.rootCert, paths.intermediateCert])
        await removeFile(path);
    },
  };
}
