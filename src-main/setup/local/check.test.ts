import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldProblemSchema, setupLocalSchema, type SetupLocal } from '../../../shared/contract/setup.ts';
import { checkSetupLocal, portsOf, type CheckWorld } from './check.ts';
import { setupDefaults } from './defaults.ts';

interface Machine {
  readonly held?: Readonly<Record<number, { process?: string; pid?: number }>>;
  readonly used?: readonly string[];
  readonly writable?: boolean;
  readonly installed?: readonly string[];
}

/** A machine of which everything is known. */
const world = ({ held = {}, used = [], writable = true, installed = [] }: Machine = {}): CheckWorld => ({
  inspect: async (path) => ({
    path,
    exists: used.includes(path),
    writable,
    readOnlyMount: false,
    empty: !used.includes(path),
    installation: installed.includes(path) ? 'console' : 'none',
    services: 0,
    problems: [],
  }),
  installed: async (path) => installed.includes(path),
  home: async () => '/home/kim',
  portHolder: async (port) => held[port],
  async freePort(preferred, taken) {
    for (let port = preferred; ; port += 1) if (held[port] === undefined && !taken.has(port)) return port;
  },
});

const input = async (change: (draft: SetupLocal) => void = () => undefined): Promise<SetupLocal> => {
  const draft = structuredClone(await setupDefaults(world(), '/srv/bootroot'));
  change(draft);
  return draft;
};
async function remarks(value: unknown, machine: Machine = {}): Promise<string[]> {
  const problems = await checkSetupLocal(value, world(machine));
  return problems.map((one) => {
    const { field, level, message } = fieldProblemSchema.parse(one);
    return `${level} ${field} ${message.key}`;
  });
}

describe('the defaults', () => {
  test('need no word from the operator, on any machine', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 5430, max: 9010 }), { maxLength: 300 }),
        async (ports) => {
          const held = Object.fromEntries(ports.map((port) => [port, {}]));
          const defaults = await setupDefaults(world({ held }), undefined);
          expect(setupLocalSchema.parse(defaults)).toEqual(defaults);
          expect(await remarks(defaults, { held })).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('are the documented ports where those are free', async () => {
    expect([...portsOf(await input()).values()]).toEqual([8200, 8201, 5433, 9000, 8880, 8080, 8053]);
    const held = { 8200: {}, 8080: {} };
    const { openbao, responder } = await setupDefaults(world({ held }), '/srv/x');
    // 8201 is the neighbour's already.
    expect([openbao.port, openbao.clusterPort, responder.adminPort]).toEqual([8201, 8202, 8081]);
  });

  test('choose a directory that nobody uses, and keep the one asked for', async () => {
    const home = (name: string): string => `/home/kim/${name}`;
    expect((await setupDefaults(world(), undefined)).path).toBe(home('bootroot'));
    const machine = { used: [home('bootroot')], installed: [home('bootroot-2')] };
    expect((await setupDefaults(world(machine), undefined)).path).toBe(home('bootroot-3'));
    expect((await setupDefaults(world(machine), '/srv/x')).path).toBe('/srv/x');
  });
});

describe('the directory', () => {
  const at = (path: string) => input((draft) => (draft.path = path));

  test('must be absolute, writable and without an installation', async () => {
    expect(await remarks(await at('bootroot'))).toEqual(['error path setup.check.path_relative']);
    expect(await remarks(await at('/x'), { writable: false })).toEqual([
      'error path setup.check.path_not_writable',
    ]);
    expect(await remarks(await at('/x'), { installed: ['/x'] })).toEqual([
      'error path setup.check.path_exists',
    ]);
  });

  test('that holds other files is only a remark', async () => {
    expect(await remarks(await at('/x'), { used: ['/x'] })).toEqual([
      'warning path setup.check.path_not_empty',
    ]);
  });
});

describe('the shares', () => {
  const shares = (count: number, threshold: number, more: Partial<SetupLocal> = {}) =>
    input((draft) =>
      Object.assign(draft, { ...more, openbao: { ...draft.openbao, shares: count, threshold } }),
    );
  const people = (count: number) => Array.from({ length: count }, (_, n) => `person ${n}`);

  test('a threshold above the shares can never be met', async () => {
    const problems = await checkSetupLocal(await shares(2, 3), world());
    expect(problems).toMatchObject([{ field: 'openbao.threshold', level: 'error', proposal: 2 }]);
  });

  test('production needs a custodian for each, no two of them one person, and warns of a single key', async () => {
    const production = { kind: 'production' } as const;
    expect(await remarks(await shares(3, 2, production))).toEqual([
      'error custodians setup.check.custodians',
    ]);
    expect(await remarks(await shares(3, 2, { ...production, custodians: people(3) }))).toEqual([]);
    const twice = ['kim', 'lee', 'kim'];
    expect(await remarks(await shares(3, 2, { ...production, custodians: twice }))).toEqual([
      'error custodians setup.check.custodian_twice',
    ]);
    expect(await remarks(await shares(3, 1, { ...production, custodians: people(3) }))).toEqual([
      'warning openbao.threshold setup.check.threshold_single',
    ]);
    // A lab is one person's anyway.
    expect(await remarks(await shares(1, 1))).toEqual([]);
  });
});

describe('the authority', () => {
  const ca = (change: Partial<SetupLocal['ca']>, domain = 'trusted.domain') =>
    input((draft) => Object.assign(draft, { domain, ca: { ...draft.ca, ...change } }));

  test.each([
    [{ intermediateYears: 11 }, 'error ca.intermediateYears setup.check.intermediate_longer'],
    [{ leafHours: 25 }, 'warning ca.leafHours setup.check.leaf_long'],
    [{ permittedNames: ['trusted.domain', 'a b'] }, 'error ca.permittedNames setup.check.permitted'],
    [{ permittedNames: ['other.domain'] }, 'error ca.permittedNames setup.check.domain_not_permitted'],
    [{ permittedNames: ['usted.domain'] }, 'error ca.permittedNames setup.check.domain_not_permitted'],
  ])('%j', async (change, remark) => {
    expect(await remarks(await ca(change))).toEqual([remark]);
  });

  test('permitted names may be the domain, above it, and with a leading dot', async () => {
    for (const name of ['trusted.domain', '.domain', 'DOMAIN'])
      expect([name, await remarks(await ca({ permittedNames: ['x.y', name] }))]).toEqual([name, []]);
    expect(await remarks(await ca({}, 'trusted_domain'))).toEqual(['error domain setup.check.domain']);
  });
});

describe('the ports', () => {
  const held = { 8200: { process: 'bao', pid: 17 }, 9000: {} };

  test('one that is held names its holder and proposes another', async () => {
    const typed = await input((draft) => delete draft.proposedPorts);
    const problems = await checkSetupLocal(typed, world({ held }));
    expect(problems).toMatchObject([
      {
        field: 'openbao.port',
        proposal: 8202,
        message: { key: 'setup.check.port_taken', params: { port: 8200, process: 'bao', pid: 17 } },
      },
      { field: 'stepca.port', proposal: 9001, message: { key: 'setup.check.port_taken_unknown' } },
    ]);
  });

  test('one that was only proposed is in nobody’s way: it will be exchanged; one that was typed is', async () => {
    const changed = await input((draft) => (draft.stepca.port = 9100));
    expect(await remarks(changed, { held: { ...held, 9100: {} } })).toEqual([
      'warning openbao.port setup.check.port_taken',
      'error stepca.port setup.check.port_taken_unknown',
    ]);
  });

  test('the name server needs its port for TCP and UDP, the others for TCP', async () => {
    const asked: Record<number, readonly string[]> = {};
    const machine: CheckWorld = {
      ...world(),
      async portHolder(port, transports) {
        asked[port] = transports;
        return undefined;
      },
    };
    await checkSetupLocal(await input(), machine);
    expect([asked[8053], asked[8200], asked[8880]]).toEqual([['tcp', 'udp'], ['tcp'], ['tcp']]);
  });

  test('one that is used twice is named once, at the second', async () => {
    const value = await input((draft) => (draft.stepca.acmeHttpPort = 8200));
    const problems = await checkSetupLocal(value, world());
    expect(problems).toMatchObject([
      { field: 'stepca.acmeHttpPort', message: { key: 'setup.check.port_twice' } },
    ]);
  });

  test('taking every proposal leaves no problem', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 8000, max: 8010 }), { minLength: 7, maxLength: 7 }),
        fc.uniqueArray(fc.integer({ min: 8000, max: 8020 })),
        async (ports, busy) => {
          const held = Object.fromEntries(busy.map((port) => [port, {}]));
          const value = await input();
          const fields = [...portsOf(value).keys()];
          const set = (field: string, port: unknown): void => {
            const [part = '', name = ''] = field.split('.');
            (value as unknown as Record<string, Record<string, unknown>>)[part]![name] = port;
          };
          fields.forEach((field, index) => set(field, ports[index]));
          for (const { field, proposal } of await checkSetupLocal(value, world({ held })))
            set(field, proposal);
          expect(await remarks(value, { held })).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('an unfinished or nonsensical form is answered field by field', async () => {
  const value = await input((draft) =>
    Object.assign(draft, { name: '', stepca: { ...draft.stepca, port: 80 } }),
  );
  expect((await remarks(value)).sort()).toEqual([
    'error name setup.check.value',
    'error stepca.port setup.check.value',
  ]);
  await fc.assert(
    fc.asyncProperty(fc.anything(), async (anything) => {
      expect((await remarks(anything)).length).toBeGreaterThan(0);
    }),
    { numRuns: 100 },
  );
});
