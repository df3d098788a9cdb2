import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalTopology } from './local-topology.ts';
import { WorkspacePaths } from '../workspace/paths.ts';
import { writeLayout } from './layout.ts';

let root: string;
let topology: LocalTopology;
const program = { path: '/usr/bin/true', version: '1' };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'remove-'));
  const paths = new WorkspacePaths(root);
  topology = new LocalTopology(paths);
  await mkdir(paths.local);
  await writeLayout(topology.files.layout, {
    version: 1,
    ports: {
      openbao: 1,
      openbaoCluster: 2,
      postgres: 3,
      stepCa: 4,
      acmeHttp: 5,
      responderAdmin: 6,
      resolver: 7,
    },
    leafHours: 24,
    programs: { openbao: program, postgres: program, 'step-ca': program },
    postgres: { home: join(root, 'home'), superuser: 'postgres' },
  });
  for (const name of ['data', 'data.new']) await mkdir(join(root, 'home', name), { recursive: true });
  await writeFile(join(root, 'home', 'data', 'PG_VERSION'), '17');
  await writeFile(join(root, 'home', '.password.0a1b2c'), 'x');
});
afterEach(() => rm(root, { recursive: true }));

test('the cluster goes with what a killed initdb left and with the directory made for it', async () => {
  await topology.removeData('postgres');
  expect(await readdir(root)).toEqual(['local']);
  await topology.removeData('postgres');
});

test('a directory in which somebody keeps something stays', async () => {
  await writeFile(join(root, 'home', 'notes.txt'), 'mine');
  await topology.removeData('postgres');
  expect(await readdir(join(root, 'home'))).toEqual(['notes.txt']);
});
