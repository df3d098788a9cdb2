// Fills in what current Electron has and the old test build lacks. Only tests use it: the product is written for current Electron.
import { webcrypto } from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import threads from 'node:worker_threads';
import { app, protocol } from 'electron';

interface Answer {
  readonly body: Uint8Array | null;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** As much of the Fetch standard's Response as a protocol handler gives back. */
class SmallResponse implements Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly body: Uint8Array | null,
    init: { status?: number; headers?: Record<string, string> } = {},
  ) {
    this.status = init.status ?? 200;
    this.headers = init.headers ?? {};
  }
}

type Handler = (request: { url: string; method: string }) => Answer | Promise<Answer>;

/** `protocol.handle` of Electron 25 over `registerBufferProtocol`. */
function handle(scheme: string, handler: Handler): void {
  protocol.registerBufferProtocol(scheme, (request, answer) => {
    void Promise.resolve(handler(request)).then(({ body, headers, status }) =>
      answer({
        statusCode: status,
        headers: { ...headers },
        mimeType: (headers['content-type'] ?? '').split(';', 1)[0] ?? '',
        charset: 'utf-8',
        data: Buffer.from(body ?? []),
      }),
    );
  });
}

const missing: Record<string, unknown> = {
  Response: SmallResponse,
  crypto: webcrypto,
  structuredClone: (value: unknown): unknown => deserialize(serialize(value)),
};
for (const [name, value] of Object.entries(missing)) {
  if (!(name in globalThis))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
/** `AbortSignal.any` of Node 20. */
function anyOf(signals: readonly AbortSignal[]): AbortSignal {
  const control = new AbortController();
  for (const signal of signals)
    if (signal.aborted) control.abort();
    else signal.addEventListener('abort', () => control.abort(), { once: true, signal: control.signal });
  return control.signal;
}
if (!('any' in AbortSignal)) Object.defineProperty(AbortSignal, 'any', { value: anyOf });
// What pino asks of Node 18 and nobody subscribes to.
if (!('tracingChannel' in diagnostics)) {
  const tracingChannel = () => ({ hasSubscribers: false });
  Object.defineProperty(diagnostics, 'tracingChannel', { value: tracingChannel });
}
// As root there is no sandbox to switch on, and asking for it ends every child process.
if (app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox = () => undefined;
if (!('handle' in protocol)) Object.defineProperty(protocol, 'handle', { value: handle });

/** The same gaps in the threads of the console, which share nothing with this one. */
const threadGlobals = `
const { webcrypto } = require('node:crypto');
const { ReadableStream, TransformStream, WritableStream } = require('node:stream/web');
class Response {
  constructor(stream) { this.stream = stream; }
  async arrayBuffer() {
    const parts = [];
    for await (const part of this.stream) parts.push(part);
    return new Uint8Array(Buffer.concat(parts)).buffer;
  }
  async text() { return Buffer.from(await this.arrayBuffer()).toString(); }
}
const missing = { crypto: webcrypto, ReadableStream, TransformStream, WritableStream, Response };
for (const [name, value] of Object.entries(missing))
  if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
`;
const directory = mkdtempSync(path.join(tmpdir(), 'thread-'));
const preload = path.join(directory, 'globals.cjs');
writeFileSync(preload, threadGlobals);
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const { Worker } = threads;
threads.Worker = class extends Worker {
  constructor(file: string | URL, options: threads.WorkerOptions = {}) {
    super(file, { ...options, execArgv: ['--require', preload] });
  }
};
