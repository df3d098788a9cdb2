import { seconds, when, type Labels, type Metric, type Point } from './metric.ts';
import type { Picture } from './picture.ts';

interface Certificate {
  readonly labels: Labels;
  readonly notAfter: number;
}

/** Leaves, authorities and the servers' own; those that have expired are still there. */
function certificates({ facts, timeline }: Picture): readonly Certificate[] {
  return [
    ...facts.services.flatMap(({ id, expiresAt }) =>
      expiresAt === undefined ? [] : [{ labels: { name: id, kind: 'leaf' }, notAfter: expiresAt }],
    ),
    ...facts.authorities.map(({ name, notAfter }) => ({ labels: { name, kind: 'ca' }, notAfter })),
    ...(timeline?.items ?? []).flatMap(({ kind, name, expiresAt }) =>
      kind !== 'server_leaf' || expiresAt === undefined
        ? []
        : [{ labels: { name, kind: 'server' }, notAfter: expiresAt }],
    ),
  ];
}

/** When things end and how old they are. */
export const expiryMetrics: readonly Metric[] = [
  {
    name: 'bootroot_certificate_not_after_seconds',
    help: 'End of a certificate, unix time. Kept when it has passed.',
    labels: ['name', 'kind'],
    points: (picture) => certificates(picture).map(({ labels, notAfter }) => [labels, seconds(notAfter)]),
  },
  {
    name: 'bootroot_certificate_days_left',
    help: 'Days until a certificate ends; negative when it has.',
    labels: ['name', 'kind'],
    points: (picture) =>
      certificates(picture).map(({ labels, notAfter }) => [
        labels,
        (notAfter - picture.facts.at) / 86_400_000,
      ]),
  },
  {
    name: 'bootroot_renewal_due_seconds',
    help: 'When an agent should have renewed a leaf: a third of its life before the end, unix time.',
    labels: ['name'],
    points: ({ facts }) =>
      facts.services.flatMap(({ id, expiresAt }) =>
        when({ name: id }, expiresAt === undefined ? undefined : expiresAt - facts.leafMs / 3),
      ),
  },
  {
    name: 'bootroot_leaf_lifetime_seconds',
    help: 'How long a leaf lives in this installation.',
    labels: [],
    points: ({ facts }) => [[{}, seconds(facts.leafMs)]],
  },
  {
    name: 'bootroot_ca_horizon_seconds',
    help: 'From when on a leaf of the wanted life no longer fits into what is left of a CA certificate, unix time.',
    labels: ['name'],
    points: ({ facts }) =>
      facts.authorities.map(({ name, notAfter }) => [{ name }, seconds(notAfter - facts.leafMs)]),
  },
  {
    name: 'bootroot_credential_expires_seconds',
    help: 'When a credential really ends, the earliest of all that limits it; unix time.',
    labels: ['id', 'kind', 'name'],
    points: ({ timeline }) =>
      (timeline?.items ?? []).flatMap(({ id, kind, name, expiresAt }) => when({ id, kind, name }, expiresAt)),
  },
  {
    name: 'bootroot_secret_changed_seconds',
    help: 'When the present value of a secret was made, unix time.',
    labels: ['target'],
    points: ({ rotations }) => rotations.flatMap(({ target, changedAt }) => when({ target }, changedAt)),
  },
  {
    name: 'bootroot_secret_age_days',
    help: 'Age of the present value of a secret.',
    labels: ['target'],
    points: ({ rotations, facts }) =>
      rotations.flatMap(({ target, changedAt }): Point[] =>
        changedAt === undefined ? [] : [[{ target }, (facts.at - changedAt) / 86_400_000]],
      ),
  },
  {
    name: 'bootroot_secret_policy_days',
    help: 'Days after which a secret is due; absent without a policy.',
    labels: ['target'],
    points: ({ rotations }) =>
      rotations.flatMap(({ target, policyDays }): Point[] =>
        policyDays === undefined ? [] : [[{ target }, policyDays]],
      ),
  },
];
