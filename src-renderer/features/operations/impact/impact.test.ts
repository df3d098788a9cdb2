import { expect, test } from 'vitest';
import type { Effect, Plan } from '../../../../shared/contract/operations.ts';
import { drawable, groupedImpact, impactOf, type Impact } from './impact.ts';
import { impactText } from './impact-text.ts';
import { ownerOf } from './owner.ts';

const key = 'plan.title' as const;
const plan = (steps: readonly (readonly [id: string, effects: Effect[], undoable?: boolean])[]): Plan => ({
  kind: 'rotate.test',
  title: { key },
  summary: { key },
  steps: steps.map(([id, effects, undoable = true]) => ({ id, title: { key }, effects, undoable })),
  preconditions: [],
  secretInputs: [],
  confirm: { verb: { key } },
  digest: 'd',
});
const impact = (...steps: Parameters<typeof plan>[0]): Impact => impactOf(plan(steps), ({ id }) => id);
const lines = ({ edges }: Impact): string[] =>
  edges.map(({ from, to, does, count }) => `${from} ${does} ${to}${count === 1 ? '' : ` ×${count}`}`);

const file = (path: string): Effect => ({ kind: 'file', path, action: 'change' });
const kv = (path: string): Effect => ({ kind: 'openbao', path, action: 'change', what: 'kv' });

test.each([
  [kv('secret/bootroot/services/edge/secret_id'), 'edge'],
  [kv('auth/approle/role/bootroot-service-edge-2/custom-secret-id'), 'edge-2'],
  [file('/srv/secrets/services/edge/secret_id'), 'edge'],
  [file('/srv/agents/edge/agent.toml'), 'edge'],
  [file('/srv/certs/edge.crt'), 'edge'],
  [file('/srv/certs/ca-bundle.pem'), undefined],
  [file('/srv/certs/ca-bundle.crt'), undefined],
  [file('/srv/secrets/config/ca.json'), 'step-ca'],
  [file('/srv/secrets/secrets/intermediate_ca_key'), 'step-ca'],
  [kv('secret/bootroot/stepca/db'), 'step-ca'],
  [kv('secret/bootroot/responder/hmac'), 'responder'],
  [file('/srv/notes.txt'), undefined],
  [{ kind: 'certificate', subject: 'CN=x', names: ['001.edge.host.example.org'] } satisfies Effect, 'edge'],
  [{ kind: 'certificate', subject: 'CN=Root', names: [] } satisfies Effect, undefined],
])('%o is read by %s', (effect, owner) => {
  expect(ownerOf(effect)).toBe(owner);
});

test('draws each step with what it acts on, and that with who reads it', () => {
  const { nodes, edges } = impact(
    ['publish', [kv('secret/bootroot/stepca/db')]],
    ['role', [{ kind: 'database', action: 'change', name: 'step@stepca' }]],
    ['restart', [{ kind: 'process', name: 'step-ca', action: 'restart' }], false],
  );
  expect(lines({ nodes, edges })).toEqual([
    'step:publish change openbao:secret/bootroot/stepca/db',
    'openbao:secret/bootroot/stepca/db reads who:step-ca',
    'step:role change database:step@stepca',
    'database:step@stepca reads who:step-ca',
    'step:restart restart who:step-ca',
  ]);
  // The program that reads and the one that is restarted are one node.
  expect(nodes.filter(({ label }) => label === 'step-ca')).toMatchObject([{ kind: 'process' }]);
  expect(nodes.filter(({ final }) => final).map(({ id }) => id)).toEqual(['step:restart']);
});

test('what two steps act on is drawn once', () => {
  const { nodes, edges } = impact(['a', [file('/x')]], ['b', [file('/x'), file('/x')]]);
  expect(nodes.map(({ id }) => id)).toEqual(['step:a', 'file:/x', 'step:b']);
  expect(lines({ nodes, edges })).toEqual(['step:a change file:/x', 'step:b change file:/x ×2']);
});

const many = (count: number): Impact => {
  const ids = Array.from({ length: count }, (_, index) => `edge-${index}`);
  return impact(
    ['mint', ids.map((id) => kv(`auth/approle/role/bootroot-service-${id}/custom-secret-id`))],
    ['deliver', ids.map((id) => file(`/srv/secrets/services/${id}/secret_id`))],
    ['rest', [file('/srv/secrets/config/ca.json'), { kind: 'process', name: 'step-ca', action: 'restart' }]],
  );
};

test('a thousand services are one node each way, and none is lost in the count', () => {
  const whole = many(1000);
  expect(whole.nodes.length).toBeGreaterThan(drawable);
  const grouped = groupedImpact(whole);
  expect(grouped.nodes.map(({ id, count }) => `${id} ×${count}`)).toEqual([
    'step:mint ×1',
    'openbao:auth/approle/role/bootroot-service-*/custom-secret-id ×1000',
    'who:* ×1000',
    'step:deliver ×1',
    'file:/srv/secrets/services/*/secret_id ×1000',
    'step:rest ×1',
    'file:/srv/secrets/config/ca.json ×1',
    'who:step-ca ×1',
  ]);
  expect(lines(grouped)).toContain(
    'step:mint change openbao:auth/approle/role/bootroot-service-*/custom-secret-id ×1000',
  );
  expect(lines(grouped)).toContain('file:/srv/secrets/config/ca.json reads who:step-ca');
});

test('names that begin alike are not mixed up', () => {
  const ids = ['edge', 'edge-2', 'web-edge', 'services', 'secret'];
  const grouped = groupedImpact(
    impact([
      'a',
      [
        ...ids.map((id) => kv(`secret/bootroot/services/${id}/trust`)),
        ...ids.map((id): Effect => ({ kind: 'process', name: `agent of ${id}`, action: 'reload' })),
      ],
    ]),
  );
  expect(grouped.nodes.map(({ label, count }) => `${label} ×${count}`)).toEqual([
    'a ×1',
    'secret/bootroot/services/*/trust ×5',
    '* ×5',
    'agent of * ×5',
  ]);
});

test('says the same in words', () => {
  const words = {
    does: (word: string) => word,
    count: (value: number) => String(value),
    services: (count: number) => `${count} services`,
    final: 'final',
  };
  expect(impactText(groupedImpact(many(1000)), words)).toBe(
    [
      '1. mint',
      '   change auth/approle/role/bootroot-service-*/custom-secret-id ×1000 → 1000 services',
      '2. deliver',
      '   change /srv/secrets/services/*/secret_id ×1000 → 1000 services',
      '3. rest',
      '   change /srv/secrets/config/ca.json → step-ca',
      '   restart step-ca',
    ].join('\n'),
  );
  expect(impactText(impact(['gone', [], false]), words)).toBe('1. gone (final)');
});
