import { connect as connectPlain, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { ConsoleError } from '../../shared/errors.ts';
import { mailMessage, type Mail } from './mail-message.ts';
import { SmtpLines } from './smtp-lines.ts';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly security: 'starttls' | 'tls' | 'none';
  readonly username?: string;
  readonly password?: string;
  /** PEM; the system's store without. */
  readonly ca?: string;
  /** For the whole conversation, milliseconds. */
  readonly timeoutMs?: number;
}

const code = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'failed';
const loopback = /^(?:127(?:\.\d+){3}|::1|localhost)$/;

/** One conversation with a mail server (RFC 5321, STARTTLS of RFC 3207, AUTH PLAIN of RFC 4954). */
class Conversation {
  readonly #server: SmtpServer;
  #socket: Socket;
  #lines: SmtpLines;
  #secure: boolean;

  constructor(server: SmtpServer, socket: Socket) {
    this.#server = server;
    this.#socket = socket;
    this.#lines = new SmtpLines(socket);
    this.#secure = server.security === 'tls';
  }

  /** One command and its answer; `step` names it in errors, without what it carries. */
  async #say(
    step: string,
    line: string | undefined,
    expected: readonly number[],
  ): Promise<readonly string[]> {
    if (line !== undefined) this.#socket.write(`${line}\r\n`);
    const { status, text } = await this.#lines.answer();
    if (expected.includes(status)) return text;
    const { host } = this.#server;
    throw new ConsoleError(step === 'AUTH' ? 'smtp_login_refused' : 'smtp_refused', {
      host,
      step,
      status,
    });
  }

  async #hello(): Promise<readonly string[]> {
    const name = /^[\w.-]+$/.test(hostname()) ? hostname() : 'localhost';
    return (await this.#say('EHLO', `EHLO ${name}`, [250])).map((line) => line.toUpperCase());
  }

  async #startTls(): Promise<void> {
    await this.#say('STARTTLS', 'STARTTLS', [220]);
    // What came in the clear behind the answer is somebody else's (RFC 3207 §4.2).
    this.#lines.close();
    this.#socket = await secured(this.#server, this.#socket);
    this.#lines = new SmtpLines(this.#socket);
    this.#secure = true;
  }

  async #login(abilities: readonly string[]): Promise<void> {
    const { username, password, host } = this.#server;
    if (username === undefined || password === undefined) return;
    if (!this.#secure && !loopback.test(host)) throw new ConsoleError('smtp_plain_login', { host });
    if (!abilities.some((line) => /^AUTH\b.*\bPLAIN\b/.test(line)))
      throw new ConsoleError('smtp_no_login', { host });
    const given = Buffer.from(`\0${username}\0${password}`).toString('base64');
    await this.#say('AUTH', `AUTH PLAIN ${given}`, [235]);
  }

  async send(mail: Mail): Promise<void> {
    await this.#say('connect', undefined, [220]);
    let abilities = await this.#hello();
    if (this.#server.security === 'starttls') {
      if (!abilities.includes('STARTTLS')) throw new ConsoleError('smtp_no_tls', { host: this.#server.host });
      await this.#startTls();
      abilities = await this.#hello();
    }
    await this.#login(abilities);
    await this.#say('MAIL', `MAIL FROM:<${mail.from}>`, [250]);
    for (const to of mail.to) await this.#say('RCPT', `RCPT TO:<${to}>`, [250, 251]);
    await this.#say('DATA', 'DATA', [354]);
    const stuffed = mailMessage(mail).replace(/^\./gm, '..');
    await this.#say('message', `${stuffed}\r\n.`, [250]);
    this.#socket.end('QUIT\r\n');
  }

  close(): void {
    this.#lines.close();
    this.#socket.destroy();
  }
}

function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once(event, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function secured({ host, ca }: SmtpServer, socket: Socket): Promise<Socket> {
  const options: ConnectionOptions = {
    socket,
    servername: /^[\d.]+$|:/.test(host) ? '' : host,
    host,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
  };
  return opened(connectTls(options), 'secureConnect').catch((cause: unknown) => {
    throw new ConsoleError('smtp_untrusted', { host, reason: code(cause) }, { cause });
  });
}

async function reach(server: SmtpServer): Promise<Socket> {
  const { host, port, security } = server;
  const socket = connectPlain({ host, port });
  try {
    await opened(socket, 'connect');
  } catch (cause) {
    socket.destroy();
    throw new ConsoleError('smtp_unreachable', { host, port, reason: code(cause) }, { cause });
  }
  return security === 'tls' ? secured(server, socket) : socket;
}

/**
 * Sends one mail. A password is given over TLS only, or on this very host.
 * @throws ConsoleError `smtp_unreachable`, `smtp_untrusted`, `smtp_no_tls`, `smtp_no_login`, `smtp_plain_login`,
 * `smtp_login_refused`, `smtp_refused`
 */
export async function sendMail(server: SmtpServer, mail: Mail): Promise<void> {
  const { host, port, timeoutMs = 15_000 } = server;
  let conversation: Conversation | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new ConsoleError('smtp_unreachable', { host, port, reason: 'ETIMEDOUT' })),
      timeoutMs,
    );
  });
  const talk = async (): Promise<void> => {
    conversation = new Conversation(server, await reach(server));
    await conversation.send(mail);
  };
  try {
    await Promise.race([talk(), late]);
  } finally {
    clearTimeout(timer);
    conversation?.close();
  }
}
