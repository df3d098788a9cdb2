import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { query, stream } from './procedure.ts';
import { serverIdSchema } from './topology.ts';

/** The engine's own words for how a container is (Engine API, `State.Status`). */
export const engineStateSchema = z.enum([
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
]);

/** Those, and one for a container that the files name and nobody made. */
export const containerStateSchema = z.enum(['missing', ...engineStateSchema.options]);

/** One container of the installation as it is now. Times are unix milliseconds. */
export const containerSchema = z.object({
  name: z.string(),
  /** Its name in the compose file. */
  service: z.string(),
  /** The server that it is; absent for a helper. */
  server: serverIdSchema.optional(),
  /** Its first twelve digits. */
  id: z.string().optional(),
  state: containerStateSchema,
  /** What its own health check says, where its image has one. */
  health: z.string().optional(),
  /** As it was named when it was made. */
  image: z.string(),
  /** Of the image it was made of. */
  imageId: z.string().optional(),
  /** By which a registry knows the image. */
  digest: z.string().optional(),
  /** How exactly the files name the image: `floating` may be another one tomorrow. */
  pinned: z.enum(['digest', 'version', 'floating']),
  startedAt: z.number().optional(),
  exitCode: z.number().int().optional(),
  restarts: z.number().int(),
  restartPolicy: z.string().optional(),
  /** Whether the engine starts it again after a failure and after a boot. */
  comesBack: z.boolean(),
  /** `127.0.0.1:8200 → 8200/tcp`. */
  ports: z.array(z.string()),
  /** Share of one core since the picture before. */
  cores: z.number().optional(),
  memoryBytes: z.number().optional(),
  memoryLimit: z.number().optional(),
  /** What is wrong, and what to do next. */
  problem: messageSchema.optional(),
});
export type ContainerView = z.infer<typeof containerSchema>;

export const containersSchema = z.object({
  /** Absent while no engine answers. */
  engine: z.object({ version: z.string(), api: z.string() }).optional(),
  /** Whether the engine starts with the host; `unknown` where systemd does not run it. */
  boot: z.enum(['starts', 'stays_down', 'unknown']),
  /** Why no engine answers, and what to do next. */
  problem: messageSchema.optional(),
  containers: z.array(containerSchema),
});
export type Containers = z.infer<typeof containersSchema>;

/** What a container was made with and what the files say now. Secrets appear only as `•••• sha256:ab12cd34`. */
export const containerDifferenceSchema = z.object({
  name: z.string(),
  service: z.string(),
  server: serverIdSchema.optional(),
  /** There is none yet: it would be made. */
  missing: z.boolean(),
  fields: z.array(
    z.object({
      field: z.enum([
        'image',
        'command',
        'environment',
        'ports',
        'volumes',
        'user',
        'restart',
        'labels',
        'networks',
        'aliases',
        'capabilities',
        'other',
      ]),
      planned: z.string(),
      running: z.string(),
    }),
  ),
});
export type ContainerDifference = z.infer<typeof containerDifferenceSchema>;

export const containerEventSchema = z.object({
  at: z.number(),
  container: z.string(),
  /** `start`, `die`, `oom`, `kill`, `health_status: healthy` … */
  action: z.string(),
});
export type ContainerHappening = z.infer<typeof containerEventSchema>;

/** Of an installation in containers; of none else. */
export const containersContract = {
  /** The containers now and again, every two seconds and when one changed. Ends at once where there are none. */
  'containers.watch': stream(z.object({}), containersSchema),
  /** Where files and containers differ; what starting would make anew. */
  'containers.differences': query(z.object({}), z.array(containerDifferenceSchema)),
  /** What happened since a time, then what happens. */
  'containers.events': stream(z.object({ since: z.number().optional() }), containerEventSchema),
};
