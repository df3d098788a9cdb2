import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { ConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { answerAdmin } from './admin-request.ts';
import { checkResponderConfig, type ResponderConfig, type ResponderConfigInput } from './config.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import { adminServer, challengeServer, listen, stop, type TlsPair } from './listeners.ts';
import { RateLimit } from './rate-limit.ts';
import type { ResponderTelemetry } from './telemetry.ts';
import { TokenStore } from './token-store.ts';

export type ResponderLog = (message: Message, level: 'info' | 'warn' | 'error') => void;

export interface ResponderOptions {
  readonly log?: ResponderLog;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How many tokens are held at most. */
  readonly maxTokens?: number;
  readonly telemetry?: Pick<ResponderTelemetry, 'challenge' | 'admin'>;
  /** Sockets that listen already; their addresses count until the configuration names others. */
  readonly sockets?: InheritedSockets;
}

/** A running responder. */
export interface Responder {
  /** `host:port` as really taken: a configured port of 0 has become a number. */
  readonly challengeAddress: string;
  readonly adminAddress: string;
  readonly tokens: number;
  /** Takes a new configuration as a whole or, when it throws, not at all. Tokens are kept. */
  reload(config: ResponderConfigInput): Promise<void>;
  stop(): Promise<void>;
}

async function readPair(config: ResponderConfig): Promise<TlsPair | undefined> {
  if (config.tls_cert_path === undefined || config.tls_key_path === undefined) return undefined;
  try {
    const [cert, key] = await Promise.all([
      readFile(config.tls_cert_path, 'utf8'),
      readFile(config.tls_key_path, 'utf8'),
    ]);
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return { cert, key };
  } catch (cause) {
    throw new ConsoleError('tls_key_mismatch', {}, { cause });
  }
  throw new ConsoleError('tls_key_mismatch');
}

/** A listener that can move to another address: the new one is taken before the old one is given up. */
class Listener {
  address = '';
  #wanted = '';
  server: Server;
  readonly #make: () => Server;

  constructor(make: () => Server) {
    this.#make = make;
    this.server = make();
  }

  async start(address: string, fd?: number): Promise<void> {
    this.address = await listen(this.server, address, fd);
    this.#wanted = address;
  }

  async move(address: string): Promise<void> {
    if (address === this.#wanted) return;
    const next = this.#make();
    this.address = await listen(next, address);
    this.#wanted = address;
    const old = this.server;
    this.server = next;
    await stop(old);
  }
}

/**
 * Starts both listeners: challenges for the CA, and the signed admin interface for agents.
 * @throws ConsoleError `responder_config`, `tls_key_mismatch`, `responder_port_taken`, `responder_port_denied`
 */
export async function startResponder(
  input: ResponderConfigInput,
  options: ResponderOptions = {},
): Promise<Responder> {
  const { log = () => undefined, now = Date.now, maxTokens = 10_000, telemetry, sockets = {} } = options;
  let config = checkResponderConfig(input);
  let pair = await readPair(config);
  const store = new TokenStore(maxTokens, now);
  const rate = new RateLimit(now);
  const challenge = new Listener(() =>
    challengeServer((token) => {
      const answer = store.get(token);
      telemetry?.challenge(answer !== undefined);
      return answer;
    }),
  );
  const admin = new Listener(() =>
    adminServer(
      pair,
      () => config.admin_body_limit_bytes,
      (request) => answerAdmin(request, config, store, rate, now()),
      (address, status) => log(message('responder.refused', { address, status }), 'warn'),
      (status) => telemetry?.admin(status),
    ),
  );
  await challenge.start(config.listen_addr, sockets.challenge);
  try {
    await admin.start(config.admin_addr, sockets.admin);
  } catch (error) {
    await stop(challenge.server);
    throw error;
  }
  const clean = (): NodeJS.Timeout =>
    setInterval(() => store.cleanup(), config.cleanup_interval_secs * 1000).unref();
  let cleaner = clean();

  const reloadPair = async (next: ResponderConfig): Promise<void> => {
    if ((next.tls_cert_path === undefined) !== (pair === undefined)) {
      log(message('responder.reload_needs_restart'), 'warn');
      return;
    }
    try {
      const fresh = await readPair(next);
      if (fresh === undefined) return;
      (admin.server as TlsServer).setSecureContext({ ...fresh, minVersion: 'TLSv1.2' });
      pair = fresh;
    } catch {
      log(message('responder.reload_tls_kept'), 'error');
    }
  };
  const move = async (listener: Listener, address: string): Promise<void> => {
    try {
      await listener.move(address);
    } catch {
      log(message('responder.reload_address', { address }), 'error');
    }
  };

  return {
    get challengeAddress() {
      return challenge.address;
    },
    get adminAddress() {
      return admin.address;
    },
    get tokens() {
      return store.size;
    },
    async reload(nextInput) {
      const next = checkResponderConfig(nextInput);
      await reloadPair(next);
      config = next;
      clearInterval(cleaner);
      cleaner = clean();
      await move(challenge, next.listen_addr);
      await move(admin, next.admin_addr);
      log(message('responder.reloaded', { tokens: store.size }), 'info');
    },
    async stop() {
      clearInterval(cleaner);
      await Promise.all([stop(challenge.server), stop(admin.server)]);
    },
  };
}
