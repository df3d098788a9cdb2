import * as z from 'zod';
import { ConsoleError, type ErrorData } from '../../shared/errors.ts';

export const remoteItems = ['secret_id', 'eab', 'responder_hmac', 'trust_sync'] as const;
export type RemoteItem = (typeof remoteItems)[number];
export type ApplyStatus = 'applied' | 'unchanged' | 'failed' | 'skipped';

/** What became of one item on this host. */
export interface ItemOutcome {
  readonly status: ApplyStatus;
  /** Version of the KV path that was applied; the newest that this host has seen. */
  readonly version?: number;
  readonly error?: ErrorData;
}
export type Outcomes = Readonly<Record<RemoteItem, ItemOutcome>>;

const itemSchema = z.looseObject({
  status: z.enum(['applied', 'unchanged', 'failed', 'skipped', 'pending', 'expired', 'none']),
  error: z.string().nullish(),
  /** The console's own: version of the KV path, so that an old summary does not settle a newer value. */
  version: z.number().int().nullish(),
  /** The console's own: the error's code and parameters, for showing it in another language. */
  code: z.string().nullish(),
  params: z.record(z.string(), z.union([z.string(), z.number()])).nullish(),
});
const summarySchema = z.looseObject({
  secret_id: itemSchema,
  eab: itemSchema,
  responder_hmac: itemSchema,
  trust_sync: itemSchema,
});
/** The contract with `service sync-status` (formats.md). Unknown keys are kept. */
export type Summary = z.output<typeof summarySchema>;

/** @throws `remote_summary_invalid` naming the field */
export function parseSummary(text: string, path: string): Summary {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConsoleError('remote_summary_invalid', { path, field: 'JSON' }, { cause });
  }
  const parsed = summarySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConsoleError('remote_summary_invalid', {
    path,
    field: parsed.error.issues[0]?.path.map(String).join('.') ?? '',
  });
}

/**
 * `sentence` puts an error into words: the file is read by people and by the older tools, which take any text.
 * @param older whether the older tools are to read it: they know no `skipped` (formats.md, "Remote hosts")
 */
export function summaryOf(
  outcomes: Outcomes,
  sentence: (error: ErrorData) => string,
  older = false,
): Summary {
  const item = ({ status, error, version }: ItemOutcome) => ({
    status: older && status === 'skipped' ? ('unchanged' as const) : status,
    ...(error === undefined ? {} : { error: sentence(error), code: error.code, params: error.params }),
    ...(version === undefined ? {} : { version }),
  });
  return {
    secret_id: item(outcomes.secret_id),
    eab: item(outcomes.eab),
    responder_hmac: item(outcomes.responder_hmac),
    trust_sync: item(outcomes.trust_sync),
  };
}

export const renderSummary = (summary: Summary): string => `${JSON.stringify(summary, null, 2)}\n`;

export const hasFailures = (outcomes: Outcomes): boolean =>
  remoteItems.some((item) => outcomes[item].status === 'failed');

/** What an acknowledged summary makes of a sync status: what was applied, unchanged or not needed is applied. */
export function acknowledged(
  status: Summary[RemoteItem]['status'],
): 'applied' | 'failed' | 'pending' | 'expired' | 'none' {
  return status === 'unchanged' || status === 'skipped' ? 'applied' : status;
}
