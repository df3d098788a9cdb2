import { constants } from 'node:fs';
import { access, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { Precondition } from '../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { pause } from '../../operations/pause.ts';
import type { OperationDefinition, Run, Step } from '../../operations/types.ts';
import { ask } from '../../rotation/preconditions.ts';
import { stampOf } from '../../workspace/newest.ts';
import { compress, rotatedFiles } from './rotated.ts';
import type { AuditWorld } from './world.ts';

/** How many files of each device stay beside the one that is written. */
const inputSchema = z.object({ keep: z.number().int().min(1).max(1000).default(30) });
export type RotateAuditInput = z.infer<typeof inputSchema>;

interface Device {
  readonly name: string;
  readonly path: string;
}

const patienceMs = 15_000;

const notReopened = (name: string): ConsoleError =>
  new ConsoleError('audit_not_reopened', { name }, { changed: message('health.audit.changed') });

const there = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function devicesOf({ client, hostPath }: AuditWorld): Promise<readonly Device[]> {
  const found = await Promise.all(
    (await client().audit.list()).map(async ({ name, filePath }): Promise<Device[]> => {
      const path = filePath === undefined ? undefined : await hostPath(filePath);
      return path === undefined ? [] : [{ name, path }];
    }),
  );
  return found.flat();
}

/** The name that a file gets is chosen once, whatever happens in between. */
const asideOf = async ({ path }: Device, { now }: AuditWorld, run: Run): Promise<string> =>
  `${path}.${await run.stage.once('stamp', () => stampOf(now()))}`;

/** What was chosen, without choosing. */
const knownAside = async ({ path }: Device, run: Run): Promise<string | undefined> => {
  const stamp = await run.stage.read('stamp');
  return stamp === undefined ? undefined : `${path}.${stamp}`;
};

const isAside = async (device: Device, run: Run): Promise<boolean> => {
  const aside = await knownAside(device, run);
  return aside !== undefined && ((await there(aside)) || (await there(`${aside}.gz`)));
};

/** OpenBao goes on writing into the file under its new name until it is told to look again: no entry is lost. */
function asideStep(world: AuditWorld, device: Device): Step {
  const { name, path } = device;
  return {
    id: `aside-${name}`,
    title: message('health.audit.step.aside', { name }),
    effects: [{ kind: 'file', path, action: 'change' }],
    check: (run) => isAside(device, run),
    async apply(run) {
      await rename(path, await asideOf(device, world, run));
    },
    async undo(run) {
      const aside = await knownAside(device, run);
      // Where OpenBao has a new file already, both are whole and nothing is to be taken back.
      if (aside !== undefined && (await there(aside)) && !(await there(path))) await rename(aside, path);
    },
  };
}

/** By a signal, never by a restart, which would seal it (failure mode C5). The proof: each new file has an entry. */
function reopenStep(world: AuditWorld, devices: readonly Device[]): Step {
  const written = async ({ path }: Device): Promise<boolean> =>
    stat(path).then(
      ({ size }) => size > 0,
      () => false,
    );
  return {
    id: 'reopen',
    title: message('health.audit.step.reopen'),
    effects: [
      {
        kind: 'process',
        name: 'OpenBao',
        action: 'reload',
        note: message('health.audit.note.signal'),
      },
    ],
    check: async () => (await Promise.all(devices.map(written))).every(Boolean),
    async apply(run) {
      if (!(await world.reload())) throw notReopened('OpenBao');
      const end = Date.now() + patienceMs;
      for (const device of devices) {
        // Whatever is asked leaves an entry in every device.
        while (!(await written(device))) {
          if (Date.now() > end || run.signal.aborted) throw notReopened(device.name);
          await world.client().token.lookupSelf();
          await pause(100, run.signal);
        }
        run.prove({
          title: message('health.audit.proof.writes', { name: device.name }),
          outcome: 'proved',
          evidence: message('health.audit.evidence.writes', { path: device.path }),
        });
      }
    },
  };
}

function compressStep(world: AuditWorld, device: Device): Step {
  const { name, path } = device;
  return {
    id: `compress-${name}`,
    title: message('health.audit.step.compress', { name }),
    effects: [{ kind: 'file', path: `${path}.*.gz`, action: 'create', mode: '0600' }],
    async check(run) {
      const aside = await knownAside(device, run);
      return aside !== undefined && !(await there(aside)) && (await there(`${aside}.gz`));
    },
    async apply(run) {
      const aside = await asideOf(device, world, run);
      if (await there(aside)) await compress(aside);
    },
  };
}

/** Files beyond those that stay, the oldest. @param coming how many are about to be set aside */
const surplus = async ({ path }: Device, keep: number, coming = 0): Promise<readonly string[]> =>
  (await rotatedFiles(path)).slice(Math.max(0, keep - coming)).map((file) => file.path);

async function discardStep(devices: readonly Device[], keep: number): Promise<Step> {
  const planned = (await Promise.all(devices.map((device) => surplus(device, keep, 1)))).flat();
  return {
    id: 'discard',
    title: message('health.audit.step.discard', { count: keep }),
    effects: planned.map((path) => ({ kind: 'file', path, action: 'remove' })),
    check: async () =>
      (await Promise.all(devices.map((device) => surplus(device, keep)))).flat().length === 0,
    async apply() {
      for (const device of devices) for (const path of await surplus(device, keep)) await rm(path);
    },
  };
}

async function preconditions(world: AuditWorld, devices: readonly Device[]): Promise<Precondition[]> {
  return [
    await ask('managed', message('rotation.precondition.managed'), async () =>
      (await world.managed()) ? undefined : message('rotation.precondition.not_managed'),
    ),
    {
      id: 'devices',
      title: message('health.audit.precondition.devices'),
      met: devices.length > 0,
      ...(devices.length > 0 ? {} : { detail: message('health.audit.note.out_of_reach') }),
    },
    await ask('directories', message('health.audit.precondition.directories'), async () => {
      for (const { path } of devices)
        if (
          !(await access(dirname(path), constants.W_OK).then(
            () => true,
            () => false,
          ))
        )
          return message('error.permission_denied.what', { path: dirname(path) });
      return undefined;
    }),
  ];
}

/** Sets the audit files aside, makes OpenBao begin new ones by a signal, compresses the old and keeps the last of them. */
export const rotateAuditDefinition = (world: AuditWorld): OperationDefinition<RotateAuditInput> => ({
  kind: 'openbao.rotate-audit',
  input: inputSchema,
  async prepare({ keep }) {
    const devices = await devicesOf(world);
    return {
      title: message('health.audit.title'),
      summary: message('health.audit.summary', { count: devices.length, keep }),
      steps: [
        ...devices.map((device) => asideStep(world, device)),
        reopenStep(world, devices),
        ...devices.map((device) => compressStep(world, device)),
        await discardStep(devices, keep),
      ],
      preconditions: await preconditions(world, devices),
      confirm: { verb: message('health.audit.confirm') },
    };
  },
});
