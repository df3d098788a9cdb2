import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { editJson } from './json-edit.ts';
import { JsonSyntaxError, scanJson } from './json-scan.ts';

/** The parts of step-ca's configuration that the console reads. Unknown keys and order are kept. */
const caConfigSchema = z.looseObject({
  address: z.string().optional(),
  root: z.union([z.string(), z.array(z.string())]).optional(),
  crt: z.string().optional(),
  key: z.string().optional(),
  dnsNames: z.array(z.string()).nullish(),
  db: z.looseObject({ type: z.string().optional(), dataSource: z.string().optional() }).nullish(),
  authority: z
    .looseObject({
      provisioners: z.array(z.looseObject({ type: z.string(), name: z.string() })).nullish(),
    })
    .nullish(),
});
export type CaConfig = z.infer<typeof caConfigSchema>;

/**
 * Reads the text of ca.json.
 * @param path named in errors
 * @throws `ca_json_malformed` with line and column, `ca_json_invalid` with the field
 */
export function parseCaConfig(text: string, path: string): CaConfig {
  let plain: unknown;
  try {
    plain = scanJson(text).value;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { line, column } = error;
    throw new ConsoleError('ca_json_malformed', { path, line, column }, { cause: error });
  }
  const checked = caConfigSchema.safeParse(plain);
  if (!checked.success) {
    const field = checked.error.issues[0]?.path.map(String).join('.') ?? '';
    throw new ConsoleError('ca_json_invalid', { path, field });
  }
  return plain as CaConfig;
}

/** The text that `change` makes of a ca.json: what it does not touch stays byte for byte. */
export function editCaConfig(text: string, path: string, change: (draft: CaConfig) => void): string {
  const draft = parseCaConfig(text, path);
  change(draft);
  const edited = editJson(text, draft);
  parseCaConfig(edited, path);
  return edited;
}

/** The DSN of step-ca's database, or undefined when it keeps its data elsewhere. */
export function caDsn(config: CaConfig): string | undefined {
  return config.db?.type === 'postgresql' ? config.db.dataSource : undefined;
}

/** Sets the DSN in the text of a ca.json. */
export function withCaDsn(text: string, path: string, dsn: string): string {
  return editCaConfig(text, path, (draft) => {
    draft.db = { ...draft.db, type: 'postgresql', dataSource: dsn };
  });
}
