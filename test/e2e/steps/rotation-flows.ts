import { expect, type Locator } from '@playwright/test';

/** One rotation from its row of the due list to its proofs. */
export interface Flow {
  readonly name: string;
  readonly proofs: readonly (string | RegExp)[];
  /** What the form asks before the plan. */
  readonly fill?: (form: Locator) => Promise<void>;
  /** What the plan asks as secrets. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly confirm?: string;
  /** What the title of the test says more. */
  readonly how?: string;
  /** In the window too, whose pages are the browser's; the others there with `--long`. */
  readonly brief?: boolean;
  /** How it ends, where not done. */
  readonly end?: RegExp;
}

const none = async (): Promise<void> => undefined;
const eab = { 'EAB key id': 'kid-1', 'EAB HMAC key': Buffer.alloc(32, 7).toString('base64url') };
export const trustFlow: Flow = {
  name: 'Trust: CA bundle and pins',
  proofs: ['The published bundle verifies every live leaf'],
};
export const infraTlsFlow: Flow = {
  name: 'TLS certificates of the servers',
  proofs: [/postgres serves its new certificate/i],
};
export const flows: readonly Flow[] = [
  {
    name: 'secret_ids of services',
    brief: true,
    fill: none,
    proofs: ['The new secret_ids log in (2)', 'The old secret_ids are refused (2)'],
  },
  trustFlow,
  {
    name: 'Responder secret',
    how: ', the old one accepted for a while',
    fill: (form) => form.getByLabel('Minutes in which the old secret is accepted too').fill('30'),
    // That the old one is refused can be proved when the time is over.
    end: /^done, pending/i,
    proofs: ['The responder accepts a call signed with the new secret'],
  },
  {
    name: 'Responder secret',
    fill: none,
    proofs: [
      'The responder accepts a call signed with the new secret',
      'The responder refuses a call signed with the old secret',
    ],
  },
  {
    name: 'Certificates of services',
    fill: none,
    proofs: ['edge serves a new certificate', 'inner serves a new certificate'],
  },
  {
    name: 'step-ca key password',
    proofs: ['The CA keys open with the new password only', 'step-ca signs a certificate'],
  },
  {
    name: 'Database password of step-ca',
    brief: true,
    proofs: ['PostgreSQL accepts the new password', 'PostgreSQL refuses the old password'],
  },
  {
    name: "The console's own credential",
    proofs: ['The new secret_ids log in', 'The old secret_ids are refused'],
  },
  infraTlsFlow,
  {
    name: 'ACME account keys',
    proofs: ['The CA knows the accounts by their new keys', 'The CA refuses the old keys'],
  },
  {
    name: 'External account binding (EAB)',
    fill: (form) => expect(form.getByText(/asks for no EAB/).first()).toBeVisible(),
    secrets: eab,
    // step-ca asks for no pair, so the pair is stored and nothing about it can be proved.
    proofs: [],
  },
  {
    name: 'External account binding (EAB)',
    fill: (form) => form.getByLabel('Clear them everywhere').check(),
    confirm: 'Clear',
    proofs: [],
  },
];
