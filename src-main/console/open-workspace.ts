import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownershipGuard } from '../adopt/take-over.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { createOpenBao, type OpenBao } from '../openbao/openbao.ts';
import { OpenBaoSession } from '../openbao/session.ts';
import { OperationEngine } from '../operations/engine.ts';
import { Journal } from '../operations/journal.ts';
import type { OperationDefinition } from '../operations/types.ts';
import type { ServicesContext } from '../services/context.ts';
import { servicesOf } from '../services/entry.ts';
import { LeafCache } from '../services/leaf-cache.ts';
import { consoleFiles, type CredentialFiles } from '../rotation/secret-ids.ts';
import { RecoveryDesk } from '../rotation/recovery/desk.ts';
import { SharedClaims } from '../rotation/shared-claim.ts';
import { ShareCeremony } from '../setup/ceremony/ceremony.ts';
import { Store } from '../store/store.ts';
import { topologiesOf, type Topologies } from '../topology/topologies.ts';
import type { Topology } from '../topology/topology.ts';
import { ensureDirectory } from '../workspace/atomic.ts';
import { workspaceId } from '../workspace/identity.ts';
import { WorkspacePaths } from '../workspace/paths.ts';
import { readStateIfPresent } from '../workspace/state.ts';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { ownershipOf } from './adoption.ts';
import { endpointsOf, localPins } from './endpoints.ts';
import { StoredEvidence } from './evidence.ts';
import { readInstallation, readMembers, writeMembers, type Installation } from './installation.ts';
import { Settings } from './settings.ts';

/** Makes the definitions of all operations for one workspace. */
export type DefinitionsFor = (workspace: OpenWorkspace) => readonly OperationDefinition[];

interface Parts {
  readonly id: string;
  readonly paths: WorkspacePaths;
  readonly store: Store;
  readonly now: () => number;
  readonly definitions: DefinitionsFor;
}

/** The installation's OpenBao, once it is known where it is. */
interface Connection {
  readonly openbao: OpenBao;
  readonly session: OpenBaoSession;
  readonly mount: string;
}

const readTrimmed = async (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

/** One open work directory with everything that is wired to it. */
export class OpenWorkspace {
  readonly id: string;
  readonly paths: WorkspacePaths;
  readonly store: Store;
  readonly settings: Settings;
  readonly audit: AuditLog;
  readonly engine: OperationEngine;
  readonly topologies: Topologies;
  readonly topology: Topology;
  readonly ceremony: ShareCeremony;
  readonly recovery: RecoveryDesk;
  readonly leaves = new LeafCache();
  readonly services: ServicesContext;
  readonly now: () => number;
  /** The AppRole that this process works with: the console's own, or the narrow one of unattended runs. */
  credential: CredentialFiles;
  /** Called when an operation may have changed what the list of workspaces says of this one. */
  onChange: (() => Promise<void>) | undefined;
  /** What the person has said of it: production asks for its name before anything that others would notice. */
  describe: (() => Promise<{ readonly name: string; readonly production: boolean }>) | undefined;
  readonly #endings: (() => void | Promise<void>)[] = [];
  #openbao:
    | {
        readonly openbao: OpenBao;
        readonly session: OpenBaoSession;
        readonly mount: string;
        /** Of all members; another one means other clients. */
        readonly address: string;
      }
    | undefined;
  #installation: Installation | undefined;

  private constructor({ id, paths, store, now, definitions }: Parts) {
    this.id = id;
    this.paths = paths;
    this.store = store;
    this.now = now;
    this.credential = consoleFiles(paths);
    this.settings = new Settings(store);
    this.audit = new AuditLog(store, join(paths.console, 'audit-head'), now);
    this.topologies = topologiesOf(paths);
    this.topology = this.topologies.current;
    this.ceremony = new ShareCeremony({
      recoveryFile: paths.recoveryFile,
      settings: this.settings,
      audit: this.audit,
      now,
    });
    this.services = this.#servicesContext();
    const { services } = this;
    this.recovery = new RecoveryDesk(
      { paths, openbao: () => services.openbao, client: () => services.client() },
      now,
    );
    this.engine = new OperationEngine({
      journal: new Journal(store, String(process.pid)),
      audit: this.audit,
      definitions: new Map(definitions(this).map((definition) => [definition.kind, definition])),
      stageRoot: join(paths.secrets, '.staging'),
      lockPath: paths.operationLock,
      now,
      guard: (kind) => ownershipGuard(ownershipOf(this), kind),
      claims: new SharedClaims({
        kv: () => services.client().kv,
        clockSkewMs: async () => (await services.openbao.health(now)).clockSkewMs,
        root: paths.root,
        now,
      }),
      // A cluster has another leader in a moment, and whoever asks it waits for that.
      passes: (error) =>
        (this.#openbao?.openbao.members().length ?? 0) > 1 &&
        (isConsoleError(error, 'openbao_unreachable') || isConsoleError(error, 'openbao_unavailable')),
      beforeEnd: async () => {
        await this.refresh();
        await this.onChange?.();
      },
    });
  }

  /** Opens a work directory, making its `.console/` if there is none. Throws what the store and the file system refuse. */
  static async open(
    path: string,
    definitions: DefinitionsFor,
    now: () => number = Date.now,
  ): Promise<OpenWorkspace> {
    await ensureDirectory(path, { mode: 0o700 });
    const state = await readStateIfPresent(new WorkspacePaths(path).state).catch(() => undefined);
    const paths = new WorkspacePaths(path, state?.secrets_dir);
    const store = await Store.open(paths.store);
    const workspace = new OpenWorkspace({
      id: await workspaceId(paths.root),
      paths,
      store,
      now,
      definitions,
    });
    await workspace.engine.recover();
    await workspace.refresh();
    return workspace;
  }

  #servicesContext(): ServicesContext {
    const required = (): Connection => {
      if (this.#openbao === undefined) throw new ConsoleError('no_openbao_session');
      return this.#openbao;
    };
    return {
      paths: this.paths,
      get openbao() {
        return required().openbao;
      },
      get kvMount() {
        return required().mount;
      },
      client: () => required().session.client(),
      endpoints: () => endpointsOf(this.paths, this.topology, this.#installation),
      publishNames: async () => {
        const state = await readStateIfPresent(this.paths.state);
        await this.topology.publishNames(servicesOf(state, this.paths).map(({ identity }) => identity));
      },
      agentState: async (agentConfig) => {
        const { agents } = this.topology;
        return agents !== undefined && (await agents.chosen())
          ? (await agents.of(agentConfig))?.state
          : undefined;
      },
      localPins: () => localPins(this.paths),
      evidence: new StoredEvidence(this.store),
      now: this.now,
    };
  }

  get installation(): Installation | undefined {
    return this.#installation;
  }

  get openbao(): OpenBao | undefined {
    return this.#openbao?.openbao;
  }

  get session(): OpenBaoSession | undefined {
    return this.#openbao?.session;
  }

  /** Reads again where OpenBao is, and signs in with the console's own AppRole if it can; called on opening and after changes. */
  async refresh(): Promise<void> {
    this.#installation = await readInstallation(this.settings);
    const state = await readStateIfPresent(this.paths.state).catch(() => undefined);
    if (state === undefined) return;
    const members = await readMembers(this.settings);
    const secure = state.openbao_url.startsWith('https:');
    const ca = secure ? await readFile(this.paths.bundle, 'utf8').catch(() => undefined) : undefined;
    // Another bundle is another trust: after the CA was changed the old one would refuse the server.
    const address = [state.openbao_url.replace(/\/+$/, ''), ...members, ca ?? ''].join(' ');
    if (this.#openbao?.address !== address) {
      this.#openbao?.session.close();
      const openbao = createOpenBao({ url: state.openbao_url, members, ...(ca === undefined ? {} : { ca }) });
      const session = new OpenBaoSession(openbao, { mount: state.kv_mount, now: this.now });
      this.#openbao = { openbao, session, mount: state.kv_mount, address };
    }
    if (this.session?.status().state === 'none') await this.signIn().catch(() => undefined);
  }

  /** The other members of OpenBao's cluster by address, none for a single server. The session begins anew. */
  async setOpenBaoMembers(members: readonly string[]): Promise<void> {
    await writeMembers(this.settings, members);
    await this.refresh();
  }

  /** With the AppRole of this process. Throws `no_openbao_session`, `openbao_credentials_refused`, … */
  async signIn(): Promise<void> {
    // A stranger on the port of a server that we run ourselves is shown no credential.
    const ours =
      (await this.topology.readLayout()) === undefined || (await this.topology.isRunning('openbao'));
    if (!ours) throw new ConsoleError('no_openbao_session');
    const roleId = await readTrimmed(this.credential.roleId);
    const secretId = await readTrimmed(this.credential.secretId);
    if (roleId === undefined || secretId === undefined || this.session === undefined)
      throw new ConsoleError('no_openbao_session');
    await this.session.useAppRole(roleId, secretId);
  }

  /**
   * Signs in where no session is left: after a time in which OpenBao was away, or when it has the data of another day, which know
   * nothing of the token. Throws as {@link signIn}.
   */
  async ensureSession(): Promise<void> {
    if (this.session?.status().state === 'live')
      try {
        await this.session.client().token.lookupSelf();
        return;
      } catch (error) {
        if (!isConsoleError(error, 'openbao_forbidden')) throw error;
      }
    await this.signIn();
  }

  /** What has to end before this workspace does. */
  onClose(end: () => void | Promise<void>): void {
    this.#endings.push(end);
  }

  /** Ends sessions and the store; the servers go on. */
  async close(): Promise<void> {
    for (const end of [...this.#endings].reverse()) await end();
    await this.engine.close();
    // A token that nobody took ends by itself where OpenBao cannot be told.
    await this.recovery.close().catch(() => undefined);
    await this.session?.end();
    this.session?.close();
    await this.topologies.local.close();
    await this.store.close();
  }
}
