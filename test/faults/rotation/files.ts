import { chmod, chown, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../shared/contract/operations.ts';
import type { WorkspacePaths } from '../../../src-main/workspace/paths.ts';
import { pairFits, postgresPair } from '../../support/postgres-tls.ts';
import type { Rotated } from '../../support/rotation-world.ts';
import {
  allTargets,
  begin,
  environmentOf,
  expectNamed,
  inputOf,
  mend,
  moreTargets,
  newest,
  secretsOf,
  settle,
  wordsOf,
  type FaultStage,
} from './stage.ts';

const isRoot = process.getuid?.() === 0;
const alone = ['unshare', ...(isRoot ? [] : ['--map-root-user']), '--mount', 'sh', '-c'];

/** The program sees this directory on a file system of its own that has no room left; nobody else does. */
const full = (directory: string): string[] => [
  ...alone,
  'd=$(mktemp -d) && mount -t tmpfs -o size=512k tmpfs "$d" && cp -a "$0/." "$d/" && ' +
    '{ cat /dev/zero > "$d/.fill" 2> /dev/null || true; } && mount --bind "$d" "$0" && exec "$@"',
  directory,
];
/** The program sees this directory mounted read-only. */
const readOnly = (directory: string): string[] => [
  ...alone,
  'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"',
  directory,
];

/** The file that each rotation replaces, by target; and the step that does. */
const written: readonly { target: Rotated; file: (paths: WorkspacePaths, postgres: string) => string }[] = [
  { target: 'stepca-password', file: (paths) => paths.intermediateKey },
  { target: 'db', file: (paths) => paths.caConfig },
  { target: 'responder-hmac', file: (paths) => paths.responderConfig },
  { target: 'responder-hmac', file: (paths) => paths.resolve('agents/edge/agent.toml') },
  { target: 'approle-secret-id', file: (paths) => paths.serviceSecret('edge', 'secret_id') },
  { target: 'trust-sync', file: (paths) => paths.bundle },
  { target: 'force-reissue', file: (paths) => paths.cert('edge') },
  { target: 'console-credentials', file: (paths) => paths.consoleRole('console', 'secret_id') },
  { target: 'eab', file: (paths) => paths.resolve('agents/edge/agent.toml') },
  { target: 'acme-account-key', file: (paths) => join(paths.console, 'acme', 'edge.key') },
  { target: 'infra-tls', file: (_, postgres) => join(postgres, postgresPair.cert) },
  { target: 'infra-tls', file: (_, postgres) => join(postgres, postgresPair.key) },
  { target: 'openbao-recovery', file: (paths) => paths.unsealKeys },
  { target: 'ca-key', file: (paths) => paths.intermediateCert },
];

/** Disks that are full, files that somebody changed, moved or locked. */
export function fileFaults(stage: () => FaultStage): void {
  const paths = (): WorkspacePaths => stage().stack.paths;
  const fileOf = (file: (typeof written)[number]['file']): string => file(paths(), stage().postgres);

  describe('a full disk', () => {
    const places = [
      ...[...allTargets, ...moreTargets].map((target) => ({
        target,
        where: 'the stage',
        of: (at: WorkspacePaths) => join(at.secrets, '.staging'),
      })),
      ...written.map(({ target, file }) => ({
        target,
        where: 'its files',
        of: (at: WorkspacePaths) => dirname(file(at, stage().postgres)),
      })),
    ];
    test.each(places.map((place, index) => ({ ...place, undo: index % 2 === 1 })))(
      'under $where of $target: named, nothing lost',
      async ({ target, of, undo }) => {
        const directory = of(paths());
        await mkdir(directory, { recursive: true, mode: 0o700 });
        const before = await begin(stage(), target);
        const words = wordsOf(target);
        const { code } = await stage().stack.cli(words, environmentOf(target), { under: full(directory) });
        expect([target, code]).toEqual([target, 1]);
        const operation = await newest(stage());
        expectNamed(operation);
        // What a service did not get is told by its own reason; the others end the step.
        const reasons = JSON.stringify([operation.error, operation.proofs]);
        expect(reasons).toMatch(/disk_full/);
        // A server that starts meanwhile finds a pair that it can start with.
        expect(await pairFits(stage().postgres)).toBe(true);
        await mend(stage(), target, before, undo);
      },
    );

    test('under the journal: the operation is found interrupted or never began, and nothing is lost', async () => {
      const held = await begin(stage(), 'approle-secret-id');
      const last = await newest(stage());
      const { code } = await stage().stack.cli(
        wordsOf('approle-secret-id'),
        {},
        { under: full(paths().console) },
      );
      expect(code).not.toBe(0);
      // The file system of that console is gone, and with it whatever it could still write of its journal.
      expect((await newest(stage())).id).toBe(last.id);
      expect((await stage().world.whole()).secretIds).toEqual(held.secretIds);
    });
  });

  describe('files of the installation', () => {
    test.each(written)('$target: a symlink in its place stops the plan', async ({ target, file }) => {
      const path = fileOf(file);
      await rename(path, `${path}.real`);
      await symlink(`${path}.real`, path);
      try {
        const plan = await stage().inner.call<Plan>('operations.plan', {
          kind: `rotate.${target}`,
          input: inputOf(target),
        });
        expect(plan.preconditions.find(({ id }) => id === 'files')).toMatchObject({ met: false });
        expect((await stage().stack.cli(wordsOf(target), environmentOf(target))).code).toBe(3);
      } finally {
        await rm(path);
        await rename(`${path}.real`, path);
      }
      await stage().world.held();
    });

    test.each(written)(
      '$target: a directory that is read-only is refused before it begins',
      async ({ target, file }) => {
        const before = await newest(stage());
        const { code } = await stage().stack.cli(wordsOf(target), environmentOf(target), {
          under: readOnly(dirname(fileOf(file))),
        });
        expect(code).toBe(3);
        expect((await newest(stage())).id).toBe(before.id);
      },
    );

    test('owner and mode of every replaced file stay', async () => {
      const files = [...new Set(written.map(({ file }) => fileOf(file)))];
      const before = await Promise.all(files.map((path) => stat(path)));
      for (const path of files) {
        // PostgreSQL refuses a key that is not its own or that others may read.
        if (path.startsWith(stage().postgres)) continue;
        if (isRoot) await chown(path, 65_534, 65_534);
        await chmod(path, 0o640);
      }
      const marked = await Promise.all(files.map((path) => stat(path)));
      try {
        for (const target of [...allTargets, ...moreTargets]) {
          await begin(stage(), target);
          const kind = `rotate.${target}`;
          const { state } = await stage().inner.operate(kind, inputOf(target), secretsOf(target));
          expect([target, state]).toEqual([target, 'done']);
          await settle(stage(), target);
        }
        for (const [index, path] of files.entries()) {
          const { uid, gid, mode } = await stat(path);
          const was = marked[index];
          expect([path, uid, gid, mode]).toEqual([path, was?.uid, was?.gid, was?.mode]);
        }
      } finally {
        for (const [index, path] of files.entries()) {
          const was = before[index];
          if (was === undefined) continue;
          await chown(path, was.uid, was.gid);
          await chmod(path, was.mode & 0o7777);
        }
      }
      await stage().world.whole();
    });

    test.each([
      { target: 'approle-secret-id', file: (at: WorkspacePaths) => at.serviceSecret('edge', 'secret_id') },
      { target: 'trust-sync', file: (at: WorkspacePaths) => at.bundle },
      { target: 'stepca-password', file: (at: WorkspacePaths) => at.passwordFile },
      { target: 'force-reissue', file: (at: WorkspacePaths) => at.cert('edge') },
    ] as const)('$target makes a file that was deleted anew', async ({ target, file }) => {
      await begin(stage(), target);
      const path = file(paths());
      await rm(path);
      expect((await stage().inner.operate(`rotate.${target}`, inputOf(target))).state).toBe('done');
      expect((await stat(path)).size).toBeGreaterThan(0);
      await stage().world.whole();
    });

    test.each([
      { target: 'responder-hmac', file: (at: WorkspacePaths) => at.responderConfig },
      { target: 'db', file: (at: WorkspacePaths) => at.caConfig },
      { target: 'stepca-password', file: (at: WorkspacePaths) => at.intermediateKey },
    ] as const)(
      '$target names a deleted file that it cannot make, and touches nothing',
      async ({ target, file }) => {
        const path = file(paths());
        const held = await stage().world.held();
        await rename(path, `${path}.away`);
        try {
          expect((await stage().stack.cli(wordsOf(target))).code).toBe(3);
        } finally {
          await rename(`${path}.away`, path);
        }
        expect(await stage().world.held()).toEqual(held);
      },
    );

    test('an agent.toml of the operator stays byte for byte but for the two secrets of a rotation', async () => {
      const path = paths().resolve('agents/edge/agent.toml');
      const own = await readFile(path, 'utf8');
      const odd =
        '# first line: ours\r\n\r\n[operator]   # tables of others\nunknown = [ 1,2,\n  3 ] # kept\n"quoted key" = \'x\'\n\n';
      const spiced = `${own.replace(/\n/, `  # trailing, kept\n`)}\n${odd}`;
      await writeFile(path, spiced);
      const { secret, pins } = parts(spiced);
      for (const target of ['responder-hmac', 'trust-sync'] as const) {
        await begin(stage(), target);
        expect((await stage().inner.operate(`rotate.${target}`, inputOf(target))).state).toBe('done');
      }
      const after = await readFile(path, 'utf8');
      const now = parts(after);
      expect(now.secret).not.toBe(secret);
      expect(now.pins).not.toBe('');
      expect(after).toBe(spiced.replace(secret, now.secret).replace(pins, now.pins));
      await writeFile(path, after.replace(odd, ''));
    });

    test('state.json that another tool rewrites in the middle keeps what both wrote', async () => {
      const killed = await stage().stack.cli(wordsOf('approle-secret-id'), {
        BOOTROOT_CONSOLE_TEST: '1',
        BOOTROOT_CONSOLE_FAULT: 'mint:after:rotate.approle-secret-id',
      });
      expect(killed.signal).toBe('SIGKILL');
      const before = await stage().world.held();
      const state = JSON.parse(await readFile(paths().state, 'utf8')) as Record<string, unknown>;
      const edge = (state['services'] as Record<string, { notes?: string }>)['edge'];
      if (edge !== undefined) edge.notes = 'written in between';
      await writeFile(paths().state, JSON.stringify({ ...state, of_another_tool: [1] }, null, 4));
      expect(await mend(stage(), 'approle-secret-id', before, false)).toBe('resume');
      const after = await readFile(paths().state, 'utf8');
      expect(after).toContain('written in between');
      expect(after).toMatch(/"of_another_tool": \[\s*1\s*\]/);
      expect(after).toContain('"last_secret_id_rotation"');
    });

    test('a service that another tool removed in the middle is left out, and the rest is done', async () => {
      const before = await stage().world.held();
      await stage().stack.cli(wordsOf('approle-secret-id'), {
        BOOTROOT_CONSOLE_TEST: '1',
        BOOTROOT_CONSOLE_FAULT: 'mint:after:rotate.approle-secret-id',
      });
      const text = await readFile(paths().state, 'utf8');
      const state = JSON.parse(text) as { services: Record<string, unknown> };
      const rest = Object.fromEntries(Object.entries(state.services).filter(([id]) => id !== 'inner'));
      await writeFile(paths().state, JSON.stringify({ ...state, services: rest }));
      const { id } = await newest(stage());
      await stage().inner.call('operations.resume', { id });
      expect((await stage().inner.console.required().engine.waitFor(id)).state).toBe('done');
      const now = JSON.parse(await readFile(paths().state, 'utf8')) as { services: Record<string, unknown> };
      expect(Object.keys(now.services)).toEqual(['edge']);
      await writeFile(paths().state, text);
      const after = await stage().world.whole();
      expect(after.secretIds[0]).not.toBe(before.secretIds[0]);
      expect(after.secretIds[1]).toBe(before.secretIds[1]);
    });
  });
}

/** The two values of an agent.toml that rotations change, as they stand there. */
function parts(text: string): { readonly secret: string; readonly pins: string } {
  return {
    secret: /http_responder_hmac = "([^"]+)"/.exec(text)?.[1] ?? '',
    pins: /trusted_ca_sha256 = (\[[^\]]*\])/.exec(text)?.[1] ?? '',
  };
}
