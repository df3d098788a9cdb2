/** One rotation as an operation: kind, input, secrets. */
export interface RotationRun {
  readonly kind: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** An external account binding of nobody: a CA that asks for none takes it. */
const binding = { eab_kid: 'kid-of-a-test', eab_hmac: Buffer.alloc(32, 7).toString('base64url') };

/** Rotations for which an installation needs to reach nothing but the servers' addresses. */
export const byAddress: readonly RotationRun[] = [
  { kind: 'rotate.approle-secret-id', input: { ids: 'all' } },
  { kind: 'rotate.trust-sync', input: {} },
  { kind: 'rotate.force-reissue', input: { ids: 'all' } },
  { kind: 'rotate.console-credentials', input: {} },
  { kind: 'rotate.acme-account-key', input: {} },
  { kind: 'rotate.eab', input: { action: 'set' }, secrets: binding },
  { kind: 'rotate.eab', input: { action: 'clear' } },
];

/** Rotations that change files of the servers or restart them. */
export const byFiles: readonly RotationRun[] = [
  { kind: 'rotate.db', input: {} },
  { kind: 'rotate.stepca-password', input: {} },
  { kind: 'rotate.responder-hmac', input: {} },
  ...['begin', 'switch', 'reissue', 'retire'].map((action) => ({
    kind: 'rotate.ca-key',
    input: { action },
  })),
];

/** New shares for a laboratory, whose present ones lie in its work directory. */
export const newShares: RotationRun = {
  kind: 'rotate.openbao-recovery',
  input: { unsealShares: { shares: 3, threshold: 2, custodians: [] } },
};
