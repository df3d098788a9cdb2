import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as acme from 'acme-client';
import { responderClient } from '../../src-main/responder/client.ts';

/** What {@link main} is told, as JSON in its first argument. */
export interface LoopOptions {
  readonly directoryUrl: string;
  readonly responderUrl: string;
  readonly hmac: string;
  readonly names: readonly string[];
  /** How many orders at once. */
  readonly width: number;
  /** One client and account for all, as the library's own example has it, or one for each worker. */
  readonly single: boolean;
  /** Where keys and certificates go. */
  readonly into: string;
}

/**
 * acme-client as it is shipped: its `auto` mode with its own retries and waits.
 * One thing it needs: not to look for the challenge itself, which only the CA's resolver can find. Trust in the CA comes by
 * `NODE_EXTRA_CA_CERTS`, so that it keeps the agent of Node that it is shipped with, and the connections that one keeps.
 */
async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '') as LoopOptions;
  const responder = responderClient({ url: options.responderUrl, secret: options.hmac });
  const queue = [...options.names];
  const lost: string[] = [];
  const newClient = async (): Promise<acme.Client> =>
    new acme.Client({
      directoryUrl: options.directoryUrl,
      accountKey: await acme.crypto.createPrivateEcdsaKey(),
    });
  const shared = await newClient();
  const work = async (): Promise<void> => {
    const client = options.single ? shared : await newClient();
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      try {
        const [key, csr] = await acme.crypto.createCsr(
          { altNames: [name] },
          await acme.crypto.createPrivateEcdsaKey(),
        );
        const pem = await client.auto({
          csr,
          email: 'bench@trusted.domain',
          termsOfServiceAgreed: true,
          skipChallengeVerification: true,
          challengeCreateFn: (_authorization, { token }, answer) => responder.present(token, answer),
          challengeRemoveFn: (_authorization, { token }, answer) => responder.remove(token, answer),
        });
        await writeFile(join(options.into, `${name}.key`), key, { mode: 0o600 });
        await writeFile(join(options.into, `${name}.crt`), pem);
      } catch (error) {
        lost.push(`${name}: ${String(error)}`);
      }
    }
  };
  const began = process.hrtime.bigint();
  await Promise.all(Array.from({ length: options.width }, work));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  console.log(JSON.stringify({ seconds, lost }));
}

await main();
