#!/usr/bin/env node
import 'reflect-metadata';
import path from 'node:path';
import { distDirectory } from '../../install/paths.ts';
import { runCommandLine } from './program.ts';

const controller = new AbortController();
let signals = 0;
// Programs that run for long read their configuration again at SIGHUP.
const rereads = process.argv.slice(2).some((word) => ['responder', 'resolver', 'agent'].includes(word));
const endings: readonly NodeJS.Signals[] = rereads ? ['SIGINT', 'SIGTERM'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const name of endings) {
  process.on(name, () => {
    signals += 1;
    controller.abort();
    // A second signal does not wait for the next safe point; the journal makes that recoverable.
    if (signals > 1) process.exit(130);
  });
}

runCommandLine({
  argv: process.argv.slice(2),
  terminal: {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
  },
  // Loaded when a command asks for it: the responder and the resolver start without the rest of the core.
  openConsole: async (options) => (await import('../../console/console.ts')).openConsole(options),
  rendererDir: path.join(distDirectory(), 'renderer'),
  signal: controller.signal,
}).then(
  (code) => {
    process.exitCode = code;
    // An open prompt or a server that was left running must not keep the command alive.
    setTimeout(() => process.exit(code), 2000).unref();
    process.stdin.destroy();
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
