import { isAbsolute, join, resolve } from 'node:path';

/** Servers of the local topology that keep data below the work directory. */
export type LocalServer = 'openbao' | 'postgres' | 'step-ca' | 'responder' | 'dns';

/**
 * Every path of formats.md "Work directory" and formats-newer.md "Other files", and the console's own below `.console/`.
 * Nothing is read or made here. `id` is a registration id, which for the older generation is the service name.
 */
export class WorkspacePaths {
  readonly root: string;
  readonly secrets: string;

  /**
   * @param root the work directory
   * @param secretsDir `secrets_dir` of state.json, absolute or relative to the work directory
   */
  constructor(root: string, secretsDir = 'secrets') {
    this.root = resolve(root);
    this.secrets = resolve(this.root, secretsDir);
  }

  /** A path as state.json and agent.toml give it: absolute, or relative to the work directory. */
  resolve(path: string): string {
    return isAbsolute(path) ? path : join(this.root, path);
  }

  private secret(...parts: string[]): string {
    return join(this.secrets, ...parts);
  }

  get state(): string {
    return join(this.root, 'state.json');
  }
  get rotationState(): string {
    return join(this.root, 'rotation-state.json');
  }
  get composeFile(): string {
    return join(this.root, 'docker-compose.yml');
  }
  get env(): string {
    return join(this.root, '.env');
  }
  get agentConfig(): string {
    return join(this.root, 'agent.toml');
  }
  get passwordFile(): string {
    return this.secret('password.txt');
  }
  get caConfig(): string {
    return this.secret('config', 'ca.json');
  }
  get stepDefaults(): string {
    return this.secret('config', 'defaults.json');
  }
  get caCerts(): string {
    return this.secret('certs');
  }
  get rootCert(): string {
    return this.secret('certs', 'root_ca.crt');
  }
  get intermediateCert(): string {
    return this.secret('certs', 'intermediate_ca.crt');
  }
  /** Root and intermediate, for whoever talks to an infra server that has TLS. */
  get infraBundle(): string {
    return this.secret('certs', 'ca-bundle.pem');
  }
  /** What OpenBao serves where it has TLS (formats-newer.md, "Other files"). */
  openbaoTls(file: 'server.crt' | 'server.key'): string {
    return join(this.root, 'openbao', 'tls', file);
  }
  get caKeys(): string {
    return this.secret('secrets');
  }
  get rootKey(): string {
    return this.secret('secrets', 'root_ca_key');
  }
  get intermediateKey(): string {
    return this.secret('secrets', 'intermediate_ca_key');
  }
  get templates(): string {
    return this.secret('templates');
  }
  template(name: 'password.txt' | 'ca.json' | 'responder.toml'): string {
    return this.secret('templates', `${name}.ctmpl`);
  }
  get responderConfig(): string {
    return this.secret('responder', 'responder.toml');
  }
  get responderComposeOverride(): string {
    return this.secret('responder', 'docker-compose.responder.override.yml');
  }
  get openbaoAgentComposeOverride(): string {
    return this.secret('openbao', 'docker-compose.openbao-agent.override.yml');
  }
  /** Unseal shares of a lab, one per line. */
  get unsealKeys(): string {
    return this.secret('openbao', 'unseal-keys.txt');
  }
  /** Production: the unseal shares under a passphrase until every custodian has confirmed one. */
  get recoveryFile(): string {
    return this.secret('openbao', 'recovery.age');
  }
  /** Credentials of the console's own roles: day-2 work, unattended runs, and the break-glass role of the recovery paths. */
  consoleRole(name: 'console' | 'scheduler' | 'break-glass', file: 'role_id' | 'secret_id'): string {
    return this.secret('openbao', name, file);
  }
  infraAgent(name: 'stepca' | 'responder', file: 'agent.hcl' | 'role_id' | 'secret_id'): string {
    return this.secret('openbao', name, file);
  }
  serviceAgent(id: string, file: 'agent.hcl' | 'agent.toml.ctmpl' | 'token'): string {
    return this.secret('openbao', 'services', id, file);
  }
  get serviceSecrets(): string {
    return this.secret('services');
  }
  serviceDirectory(id: string): string {
    return this.secret('services', id);
  }
  serviceSecret(id: string, file: 'role_id' | 'secret_id' | 'eab.json'): string {
    return this.secret('services', id, file);
  }
  bootstrapArtifact(id: string): string {
    return this.secret('remote-bootstrap', 'services', id, 'bootstrap.json');
  }
  get certs(): string {
    return join(this.root, 'certs');
  }
  cert(id: string): string {
    return join(this.certs, `${id}.crt`);
  }
  key(id: string): string {
    return join(this.certs, `${id}.key`);
  }
  get bundle(): string {
    return join(this.certs, 'ca-bundle.pem');
  }
  /** Fast-poll progress of the newer agent, beside its agent.toml; one per service (failure mode C14). */
  agentState(id: string): string {
    return join(this.root, `bootroot-agent-state-${id}.json`);
  }

  /** What the console writes on a calendar: reports, and sets of backups. */
  get reports(): string {
    return join(this.root, 'reports');
  }
  get backups(): string {
    return join(this.root, 'backups');
  }

  /** What the console remembers of this workspace, 0700. */
  get console(): string {
    return join(this.root, '.console');
  }
  get store(): string {
    return join(this.console, 'store.db');
  }
  get settings(): string {
    return join(this.console, 'workspace.json');
  }
  get logs(): string {
    return join(this.console, 'logs');
  }
  /** Pid files with start times, and sockets. */
  get run(): string {
    return join(this.console, 'run');
  }
  /** Staged secrets of operations, 0600 each. */
  get stage(): string {
    return join(this.console, 'stage');
  }
  get stateLock(): string {
    return join(this.console, 'state.lock.db');
  }
  /** Lock of the one mutating operation at a time. */
  get operationLock(): string {
    return join(this.console, 'operation.lock.db');
  }
  /** Held by the one process that runs the schedules. */
  get schedulerLock(): string {
    return join(this.console, 'scheduler.lock.db');
  }

  /**
   * Data of the servers that the console runs itself, 0700. Outside `.console/`, which may be deleted without harm to the
   * installation; outside `secrets/`, which is step-ca's home.
   */
  get local(): string {
    return join(this.root, 'local');
  }
  localServer(server: LocalServer): string {
    return join(this.local, server);
  }
}
