import * as z from 'zod';
import { engineStateSchema } from '../../shared/contract/containers.ts';

/** The engine's own words for how a container is. */
export type ContainerState = z.infer<typeof engineStateSchema>;

export const versionSchema = z.object({ Version: z.string(), ApiVersion: z.string() });

export const listedSchema = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    Image: z.string(),
    State: engineStateSchema,
    Status: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Ports: z
      .array(
        z.object({
          IP: z.string().optional(),
          PrivatePort: z.number(),
          PublicPort: z.number().optional(),
          Type: z.string(),
        }),
      )
      .nullish(),
  }),
);

export const inspectedSchema = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  RestartCount: z.number(),
  State: z.object({
    Status: engineStateSchema,
    ExitCode: z.number(),
    OOMKilled: z.boolean(),
    Error: z.string(),
    Pid: z.number(),
    StartedAt: z.string(),
    FinishedAt: z.string(),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  Config: z.object({
    Image: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Tty: z.boolean(),
  }),
  HostConfig: z.object({ RestartPolicy: z.object({ Name: z.string(), MaximumRetryCount: z.number() }) }),
  NetworkSettings: z.object({
    Networks: z.record(
      z.string(),
      z.object({ IPAddress: z.string(), Aliases: z.array(z.string()).nullish() }),
    ),
  }),
  Mounts: z.array(
    z.object({ Type: z.string(), Name: z.string().optional(), Source: z.string(), Destination: z.string() }),
  ),
});

const words = z.array(z.string()).nullish();

/** What a container was made with, as far as a compose file says it. */
export const settingsSchema = z.object({
  Config: z.object({
    Image: z.string(),
    Env: words,
    Cmd: words,
    Entrypoint: words,
    User: z.string(),
    StopSignal: z.string().nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
  HostConfig: z.object({
    CapAdd: words,
    RestartPolicy: z.object({ Name: z.string() }),
    PortBindings: z
      .record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullish())
      .nullish(),
  }),
  NetworkSettings: z.object({
    Networks: z.record(z.string(), z.object({ Aliases: words })),
  }),
  Mounts: z.array(
    z.object({
      Type: z.string(),
      Name: z.string().optional(),
      Source: z.string(),
      Destination: z.string(),
      RW: z.boolean(),
    }),
  ),
});
export type ContainerSettings = z.infer<typeof settingsSchema>;

export const imageSchema = z.object({ Id: z.string(), RepoDigests: words });

export const diskSchema = z.object({
  Volumes: z
    .array(z.object({ Name: z.string(), UsageData: z.object({ Size: z.number() }).nullish() }))
    .nullish(),
});

export const eventSchema = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).nullish() }),
  timeNano: z.number(),
});

export const statsSchema = z.object({
  cpu_stats: z.object({
    cpu_usage: z.object({ total_usage: z.number() }),
    system_cpu_usage: z.number().optional(),
    online_cpus: z.number().optional(),
  }),
  memory_stats: z.object({
    usage: z.number().optional(),
    limit: z.number().optional(),
    stats: z.record(z.string(), z.number()).optional(),
  }),
});

/** A container of the list, in words of our own. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState;
  /** The engine's sentence: "Up 3 minutes (healthy)". */
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly {
    readonly host?: string;
    readonly published?: number;
    readonly port: number;
    readonly protocol: string;
  }[];
}

export interface InspectedContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** Of the image that it was made of, whatever has its name now. */
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ContainerState;
  readonly health?: string;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  readonly error: string;
  readonly pid: number;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Of its last end; not a number while it never ended. */
  readonly finishedAt: number;
  readonly restarts: number;
  readonly restartPolicy: string;
  /** Whether it has a terminal: then its output is one stream. */
  readonly terminal: boolean;
  /** Address and aliases by network. */
  readonly networks: Readonly<
    Record<string, { readonly address: string; readonly aliases: readonly string[] }>
  >;
  readonly volumes: readonly string[];
  /** Where what is mounted lies on the engine's host. */
  readonly mounts: readonly { readonly source: string; readonly target: string }[];
}

export function containerOf(listed: z.infer<typeof listedSchema>[number]): Container {
  return {
    id: listed.Id,
    name: (listed.Names[0] ?? '').replace(/^\//, ''),
    image: listed.Image,
    state: listed.State,
    status: listed.Status,
    labels: listed.Labels ?? {},
    ports: (listed.Ports ?? []).map(({ IP, PrivatePort, PublicPort, Type }) => ({
      port: PrivatePort,
      protocol: Type,
      ...(IP === undefined || IP === '' ? {} : { host: IP }),
      ...(PublicPort === undefined ? {} : { published: PublicPort }),
    })),
  };
}

export function inspectedOf(found: z.infer<typeof inspectedSchema>): InspectedContainer {
  const { State: state, Config: config } = found;
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    image: config.Image,
    imageId: found.Image,
    labels: config.Labels ?? {},
    state: state.Status,
    ...(state.Health == null ? {} : { health: state.Health.Status }),
    exitCode: state.ExitCode,
    outOfMemory: state.OOMKilled,
    error: state.Error,
    pid: state.Pid,
    startedAt: Date.parse(state.StartedAt),
    finishedAt: state.FinishedAt.startsWith('0001-') ? Number.NaN : Date.parse(state.FinishedAt),
    restarts: found.RestartCount,
    restartPolicy: found.HostConfig.RestartPolicy.Name,
    terminal: config.Tty,
    networks: Object.fromEntries(
      Object.entries(found.NetworkSettings.Networks).map(([name, { IPAddress, Aliases }]) => [
        name,
        { address: IPAddress, aliases: Aliases ?? [] },
      ]),
    ),
    mounts: found.Mounts.map(({ Source: source, Destination: target }) => ({ source, target })),
    volumes: found.Mounts.flatMap(({ Type, Name }) =>
      Type === 'volume' && Name !== undefined ? [Name] : [],
    ),
  };
}
