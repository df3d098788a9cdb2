import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { mutation, query } from './procedure.ts';

export const caKeyTypes = ['ec-p256', 'ec-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const;

const port = z.number().int().min(1024).max(65535);

/** The ports of an installation, as dotted paths into the input. */
const portFields = [
  'openbao.port',
  'openbao.clusterPort',
  'postgres.port',
  'stepca.port',
  'stepca.acmeHttpPort',
  'responder.adminPort',
  'resolver.port',
] as const;
export type PortField = (typeof portFields)[number];

/** Input of the operation `setup.local`. Holds no secret: passwords are made by the operation, a passphrase is a secret input. */
export const setupLocalSchema = z.object({
  path: z.string().min(1).max(4096),
  name: z.string().min(1).max(60),
  kind: z.enum(['lab', 'production']),
  /** Default domain of the services, RFC 1123 labels. */
  domain: z.string().min(1).max(200),
  openbao: z.object({
    shares: z.number().int().min(1).max(20),
    threshold: z.number().int().min(1).max(20),
    port,
    clusterPort: port,
  }),
  /** One name for each share, production only: who keeps it. */
  custodians: z.array(z.string().min(1).max(60)).max(20),
  postgres: z.object({ port }),
  stepca: z.object({ port, acmeHttpPort: port }),
  responder: z.object({ adminPort: port }),
  resolver: z.object({ port }),
  /** What the console proposed for each. A port that still is the proposed one may be exchanged when somebody else takes it first. */
  proposedPorts: z.partialRecord(z.enum(portFields), port).optional(),
  ca: z.object({
    name: z.string().min(1).max(60),
    keyType: z.enum(caKeyTypes),
    rootYears: z.number().int().min(1).max(40),
    intermediateYears: z.number().int().min(1).max(20),
    pathLength: z.number().int().min(0).max(3),
    /** Empty: any name. Else DNS suffixes for X.509 name constraints (RFC 5280 4.2.1.10). */
    permittedNames: z.array(z.string().min(1).max(200)).max(50),
    /** Lifetime of a leaf in hours. */
    leafHours: z.number().int().min(1).max(8760),
  }),
  eab: z.object({ kid: z.string().max(200) }).optional(),
});
export type SetupLocal = z.infer<typeof setupLocalSchema>;

/** Input of the operation `setup.compose`. */
export const setupComposeSchema = setupLocalSchema.extend({
  /** Compose project, and what the names of all containers begin with. */
  instance: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,38}$/)
    .default('bootroot'),
  /** Written by `docker save`, on this host: for one without a registry. */
  imagesFile: z.string().min(1).max(4096).optional(),
});
export type SetupCompose = z.infer<typeof setupComposeSchema>;

/** Input of the operation `setup.external`: servers that already run; the console writes only its own files. */
export const setupExternalSchema = z.object({
  path: z.string().min(1).max(4096),
  name: z.string().min(1).max(60),
  openbaoUrl: z.url().max(500),
  /** The other members of a Raft cluster. */
  openbaoMembers: z.array(z.url().max(500)).max(8).optional(),
  kvMount: z.string().min(1).max(100),
  stepcaUrl: z.url().max(500),
  responderAdminUrl: z.url().max(500).optional(),
  /** The port at which the CA asks for HTTP-01 answers; absent: 80. */
  http01Port: z.number().int().min(1).max(65_535).optional(),
  /** `host:port` of the name server that the CA asks; absent: the system's. */
  resolver: z
    .string()
    .max(260)
    .regex(/^[^\s/:]+:\d{1,5}$/)
    .optional(),
  /** Ends the name of every service. */
  domain: z
    .string()
    .max(253)
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i)
    .optional(),
  /** PEM of the roots that the servers' certificates chain to; empty: the system store. */
  caPem: z.string().max(200_000),
  /** SHA-256 of the root as an operator compares it, lower-case hex. */
  rootFingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type SetupExternal = z.infer<typeof setupExternalSchema>;

/** One remark about one field while the operator types. `field` is a dotted path into the input. */
export const fieldProblemSchema = z.object({
  field: z.string(),
  level: z.enum(['error', 'warning']),
  message: messageSchema,
  /** A value that would do, offered with one click. */
  proposal: z.union([z.string(), z.number()]).optional(),
});
export type FieldProblem = z.infer<typeof fieldProblemSchema>;

/** `DOCKER_HOST` in words of the docker command, and the directory of ca.pem, cert.pem and key.pem for one with TLS. */
export const engineChoiceSchema = z.object({
  host: z.string().max(300),
  certPath: z.string().max(4096).optional(),
});

export const engineStateSchema = z.object({
  ready: z.boolean(),
  version: z.string().optional(),
  /** What is wrong and what to do next; when it is not ready. */
  problem: messageSchema.optional(),
  /** Who says which it is. */
  said: z.enum(['flag', 'environment', 'setting', 'nobody']),
  /** Empty: the usual socket. */
  host: z.string(),
  /** What the person set. */
  setting: engineChoiceSchema.optional(),
});

export const setupContract = {
  /** Right defaults for this machine: free ports, a writable path, an unused name. */
  'setup.defaults': query(z.object({ path: z.string().max(4096).optional() }), setupLocalSchema),
  'setup.check': query(z.object({ input: z.unknown() }), z.array(fieldProblemSchema)),
  /** Whether servers can run as containers of this host: an engine answers and the docker command knows compose. */
  'setup.engine': query(z.object({}), engineStateSchema),
  /** Which engine the person talks to from now on; an empty host: nothing is set. Refused when it could not be asked at all. */
  'setup.chooseEngine': mutation(engineChoiceSchema, engineStateSchema),
  /** What answers at the given addresses, for the external wizard: live, without effect. */
  'setup.probe': query(
    z.object({
      openbaoUrl: z.string().max(500),
      stepcaUrl: z.string().max(500),
      caPem: z.string().max(200_000),
    }),
    z.object({
      openbao: z.object({ ok: z.boolean(), detail: messageSchema, version: z.string().optional() }),
      stepca: z.object({
        ok: z.boolean(),
        detail: messageSchema,
        rootFingerprint: z.string().optional(),
        rootPem: z.string().optional(),
      }),
    }),
  ),
};
