import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WorkspacePaths } from './paths.ts';
import { auditPermissions } from './permissions.ts';

let paths: WorkspacePaths;
beforeEach(() => {
  paths = new WorkspacePaths(mkdtempSync(join(tmpdir(), 'console-permissions-')));
});
afterEach(() => rmSync(paths.root, { recursive: true, force: true }));

function put(path: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, '');
  chmodSync(path, mode);
}

function installation(): void {
  put(paths.state, 0o644);
  put(paths.env, 0o600);
  put(paths.caConfig, 0o600);
  put(paths.rootCert, 0o644);
  put(paths.serviceSecret('a', 'secret_id'), 0o600);
  put(paths.cert('a'), 0o644);
  put(paths.key('a'), 0o640);
  put(paths.store, 0o600);
  mkdirSync(paths.localServer('postgres'), { recursive: true });
  chmodSync(paths.local, 0o711);
}

const findings = async (): Promise<string[]> =>
  (await auditPermissions(paths)).map(
    ({ path, severity, problem, mode }) =>
      `${severity} ${relative(paths.root, path)} ${problem.key.replace(/^.*\./, '')} ${mode?.toString(8) ?? '-'}`,
  );

it('finds nothing in an installation as it should be, and no effect', async () => {
  installation();
  expect(await findings()).toEqual([]);
});

it('finds what others could read or change', async () => {
  installation();
  chmodSync(paths.env, 0o644);
  chmodSync(paths.state, 0o666);
  chmodSync(paths.key('a'), 0o644);
  chmodSync(paths.caConfig, 0o640);
  chmodSync(paths.local, 0o755);
  const found = await findings();
  expect([...found].sort()).toEqual([
    'critical .env too_open 600',
    'critical state.json too_open 644',
    'notice certs/a.key too_open 640',
    // Behind the closed secrets/ nobody gets there.
    'notice secrets/config/ca.json too_open 600',
    'warning local too_open 711',
  ]);
  chmodSync(paths.certs, 0o755);
  chmodSync(paths.secrets, 0o755);
  chmodSync(dirname(paths.caConfig), 0o755);
  expect((await findings()).sort()).toEqual([
    'critical .env too_open 600',
    'critical certs/a.key too_open 640',
    'critical state.json too_open 644',
    'warning local too_open 711',
    'warning secrets too_open 700',
    'warning secrets/config too_open 700',
    'warning secrets/config/ca.json too_open 600',
  ]);
});

it('finds links, leftovers of interrupted writes, and files of another owner', async ({ skip }) => {
  installation();
  put(join(paths.secrets, '.password.txt.0123456789abcdef.staged'), 0o600);
  symlinkSync('/etc/passwd', paths.passwordFile);
  expect(await findings()).toEqual([
    'notice secrets/.password.txt.0123456789abcdef.staged left_over -',
    'warning secrets/password.txt what -',
  ]);
  skip(process.getuid?.() !== 0, 'only root can give a file away');
  chownSync(paths.caConfig, 65534, 65534);
  // A service's own user may own its certificate.
  chownSync(paths.cert('a'), 65534, 65534);
  expect(await findings()).toContain('warning secrets/config/ca.json owner -');
  expect(await findings()).toHaveLength(3);
});

it('follows the secrets directory of state.json, with its owner', async ({ skip }) => {
  skip(process.getuid?.() !== 0, 'only root can give a file away');
  paths = new WorkspacePaths(paths.root, 'private/step');
  put(paths.caConfig, 0o600);
  for (const path of [paths.secrets, dirname(paths.caConfig), paths.caConfig]) chownSync(path, 1000, 1000);
  expect(await findings()).toEqual([]);
  expect(paths.resolve('certs/a.crt')).toBe(join(paths.root, 'certs/a.crt'));
  expect(paths.resolve('/abs/a.crt')).toBe('/abs/a.crt');
});
