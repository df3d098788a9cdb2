import { runResolver } from '../../src-main/dns/run.ts';
import { runResponder } from '../../src-main/responder/run.ts';
import type { Message } from '../../shared/message.ts';

/** The two long-running words of the command line without the build: `own-program.ts responder|resolver --config FILE`. */
const [word, , configPath = ''] = process.argv.slice(2);
const log = (message: Message, level: string): void => {
  process.stderr.write(
    `${new Date().toISOString()} ${level} ${message.key} ${JSON.stringify(message.params ?? {})}\n`,
  );
};
const run = word === 'responder' ? runResponder({ configPath, log }) : runResolver({ configPath, log });
run.catch((error: unknown) => {
  process.stderr.write(`${new Date().toISOString()} error ${String(error)}\n`);
  process.exitCode = 1;
});
