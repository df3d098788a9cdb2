import type { ComposeLayout, Layout } from '../layout.ts';
import { majorOf } from '../../servers/catalogue.ts';
import { postgresData } from './postgres-data.ts';
import { identityLabel } from './services.ts';

/** A layout whose servers are containers. */
export type ContainerLayout = Layout & { readonly compose: ComposeLayout };

const quoted = (text: string): string => JSON.stringify(text);

const labels = ({ compose }: ContainerLayout, indent: string): string =>
  `${indent}labels:\n${indent}  ${identityLabel}: ${quoted(compose.identity)}`;

/** Before version 18 the official image keeps its cluster elsewhere, in a volume that has no name. */
const clusterPlace = ({ programs: { postgres } }: ContainerLayout): string =>
  majorOf(postgres.version) >= 18 ? '' : `\n      PGDATA: ${postgresData(majorOf(postgres.version))}`;

/**
 * How step-ca judges its database. Not in the DSN: the bootroot tools, which read it too, know neither of the two settings.
 */
const databaseTrust = `
      PGSSLMODE: verify-full
      PGSSLROOTCERT: /home/step/certs/ca-bundle.pem`;

/**
 * OpenBao is run without the entry of its image, which would read the mounted directory a second time and then listen twice.
 * Directories are mounted, never single files: a file that is replaced would stay the old one inside (failure mode C6).
 */
export function renderComposeFile(layout: ContainerLayout): string {
  const { programs, compose } = layout;
  const own = labels(layout, '    ');
  const named = labels(layout, '    ');
  return `name: \${BOOTROOT_INSTANCE:-bootroot}

services:
  openbao:
    image: ${quoted(programs.openbao.path)}
    container_name: \${BOOTROOT_INSTANCE:-bootroot}-openbao
    restart: unless-stopped
    entrypoint: ["bao"]
    command: ["server", "-config=/openbao/config/openbao.hcl"]
    cap_add: ["IPC_LOCK"]
    ports:
      - "127.0.0.1:\${OPENBAO_HOST_PORT:-8200}:8200"
    volumes:
      - ./openbao:/openbao/config:ro
      - openbao-data:/openbao/file
      - openbao-audit:/openbao/audit
${own}

  postgres:
    image: ${quoted(programs.postgres.path)}
    container_name: \${BOOTROOT_INSTANCE:-bootroot}-postgres
    restart: unless-stopped
    stop_signal: SIGINT
    environment:
      POSTGRES_USER: \${POSTGRES_USER}
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD}
      POSTGRES_DB: \${POSTGRES_DB}${clusterPlace(layout)}
    ports:
      - "127.0.0.1:\${POSTGRES_HOST_PORT:-5433}:5432"
    volumes:
      - postgres-data:/var/lib/postgresql
${own}

  step-ca:
    image: ${quoted(programs['step-ca'].path)}
    container_name: \${BOOTROOT_INSTANCE:-bootroot}-ca
    restart: unless-stopped
    user: \${BOOTROOT_STEPCA_USER}
    entrypoint: ["/usr/local/bin/step-ca"]
    command: ["--password-file", "/home/step/password.txt", "/home/step/config/ca.json"]
    environment:
      STEPPATH: /home/step${layout.tls === true ? databaseTrust : ''}
    ports:
      - "127.0.0.1:\${STEPCA_HOST_PORT:-9000}:9000"
    volumes:
      - ./secrets:/home/step
    networks:
      default:
        aliases: ["bootroot-ca"]
${own}

  bootroot-http01:
    image: ${quoted(compose.responderImage)}
    container_name: \${BOOTROOT_INSTANCE:-bootroot}-http01
    restart: unless-stopped
    user: \${BOOTROOT_STEPCA_USER}
    command: ["--config", "/app/responder/responder.toml"]
    ports:
      - "127.0.0.1:\${HTTP01_ADMIN_HOST_PORT:-8080}:8080"
      - "127.0.0.1:\${HTTP01_CHALLENGE_HOST_PORT:-8880}:80"
    volumes:
      - ./secrets/responder:/app/responder:ro
${own}

networks:
  default:
${named}

volumes:
${['openbao-data', 'openbao-audit', 'postgres-data'].map((name) => `  ${name}:\n${named}`).join('\n')}
`;
}

/** The two OpenBao Agents of the infrastructure, in the file where the tools keep them. */
export function renderAgentOverride(layout: ContainerLayout): string {
  const agent = (name: 'stepca' | 'responder'): string => `  openbao-agent-${name}:
    image: ${quoted(layout.programs.openbao.path)}
    container_name: \${BOOTROOT_INSTANCE:-bootroot}-openbao-agent-${name}
    restart: unless-stopped
    user: \${BOOTROOT_STEPCA_USER}
    entrypoint: ["bao"]
    command: ["agent", "-config=/openbao/secrets/openbao/${name}/agent.hcl"]
    volumes:
      - ./secrets:/openbao/secrets
${labels(layout, '    ')}`;
  return `services:\n${agent('stepca')}\n\n${agent('responder')}\n`;
}

/** One network alias for each service, so that step-ca finds the responder by every identity (failure mode C24). */
export function renderResponderOverride(names: readonly string[]): string {
  const aliases = [...new Set(names)].sort().map(quoted).join(', ');
  return `services:
  bootroot-http01:
    networks:
      default:
        aliases: [${aliases}]
`;
}

/** `.env` as the tools write it. The only secret in it is the database administrator's password: the file is 0600. */
export function renderEnv({ ports, compose, postgres }: ContainerLayout, password: string): string {
  return `${[
    `POSTGRES_USER=${postgres.superuser}`,
    `POSTGRES_PASSWORD=${password}`,
    'POSTGRES_DB=postgres',
    `BOOTROOT_STEPCA_USER=${compose.user}`,
    `BOOTROOT_INSTANCE=${compose.instance}`,
    `POSTGRES_HOST_PORT=${ports.postgres}`,
    `OPENBAO_HOST_PORT=${ports.openbao}`,
    `STEPCA_HOST_PORT=${ports.stepCa}`,
    `HTTP01_ADMIN_HOST_PORT=${ports.responderAdmin}`,
    `HTTP01_CHALLENGE_HOST_PORT=${ports.acmeHttp}`,
  ].join('\n')}\n`;
}
