import * as z from 'zod';
import { ConsoleError } from '../../../shared/errors.ts';

const words = z.array(z.string()).nullish();

/** One service of `docker compose config --format json`: the files with every variable filled in. */
const serviceSchema = z.object({
  container_name: z.string().optional(),
  image: z.string().optional(),
  command: words,
  entrypoint: words,
  environment: z.record(z.string(), z.string().nullable()).nullish(),
  ports: z
    .array(
      z.object({
        host_ip: z.string().optional(),
        target: z.number(),
        published: z.string().optional(),
        protocol: z.string().default('tcp'),
      }),
    )
    .nullish(),
  volumes: z
    .array(
      z.object({
        type: z.string(),
        source: z.string().optional(),
        target: z.string(),
        read_only: z.boolean().optional(),
      }),
    )
    .nullish(),
  user: z.string().optional(),
  restart: z.string().optional(),
  labels: z.record(z.string(), z.string()).nullish(),
  networks: z.record(z.string(), z.object({ aliases: words }).nullable()).nullish(),
  cap_add: words,
});
export type PlannedService = z.infer<typeof serviceSchema>;

const named = z.record(z.string(), z.object({ name: z.string().optional() }).nullable()).nullish();

const projectSchema = z.object({
  name: z.string().default(''),
  services: z.record(z.string(), serviceSchema),
  volumes: named,
  networks: named,
});

export interface PlannedProject {
  readonly name: string;
  readonly services: Readonly<Record<string, PlannedService | undefined>>;
  /** The engine's name of a volume of the files. */
  readonly volumeName: (name: string) => string;
  readonly networkName: (name: string) => string;
}

/** Reads what compose says of its files. Throws `compose_command`. */
export function parseProject(text: string): PlannedProject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConsoleError('compose_command', { command: 'compose config' }, { cause });
  }
  const parsed = projectSchema.safeParse(value);
  if (!parsed.success) {
    const detail = parsed.error.issues[0]?.path.join('.') ?? '';
    throw new ConsoleError('compose_command', { command: 'compose config' }, { detail });
  }
  const { name: project, services, volumes, networks } = parsed.data;
  return {
    name: project,
    services,
    volumeName: (name) => volumes?.[name]?.name ?? name,
    networkName: (name) => networks?.[name]?.name ?? name,
  };
}
