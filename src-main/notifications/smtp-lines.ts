import type { Socket } from 'node:net';
import { ConsoleError } from '../../shared/errors.ts';

export interface SmtpAnswer {
  readonly status: number;
  readonly text: readonly string[];
}

/** A server that says more than this in one answer says nothing that is wanted. */
const mostCharacters = 64 * 1024;

/** Reads the answers of a mail server from its socket: `250-one`, `250 last`. */
export class SmtpLines {
  readonly #socket: Socket;
  #buffer = '';
  #waiting: { resolve: (answer: SmtpAnswer) => void; reject: (error: unknown) => void } | undefined;
  #ended: ConsoleError | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#take);
    socket.on('error', this.#end);
    socket.on('close', this.#end);
  }

  readonly #end = (): void => {
    this.#ended ??= new ConsoleError('smtp_ended', { host: this.#socket.remoteAddress ?? '' });
    this.#waiting?.reject(this.#ended);
    this.#waiting = undefined;
  };

  readonly #take = (data: Buffer): void => {
    this.#buffer += data.toString('utf8');
    if (this.#buffer.length > mostCharacters) this.#socket.destroy();
    this.#answer();
  };

  #answer(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const last = /^(\d{3}) [^\n]*\n|^(\d{3})\r?\n/m.exec(this.#buffer);
    if (last === null) return;
    const whole = this.#buffer.slice(0, last.index + last[0].length);
    this.#buffer = this.#buffer.slice(whole.length);
    this.#waiting = undefined;
    const text = whole
      .trimEnd()
      .split(/\r?\n/)
      .map((line) => line.slice(4));
    waiting.resolve({ status: Number(last[1] ?? last[2]), text });
  }

  answer(): Promise<SmtpAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#waiting = { resolve, reject };
      this.#answer();
    });
  }

  /** Lets go of the socket, for TLS to take over. */
  close(): void {
    this.#socket.off('data', this.#take);
    this.#socket.off('error', this.#end);
    this.#socket.off('close', this.#end);
    this.#socket.on('error', () => undefined);
  }
}
