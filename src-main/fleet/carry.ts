import type * as z from 'zod';
import type { carrySchema } from '../../shared/contract/hosts.ts';
import type { Precondition } from '../../shared/contract/operations.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { redactText } from '../operations/redact.ts';
import type { Run, Step } from '../operations/types.ts';
import { parseSummary, remoteItems } from '../remote/summary.ts';
import { ask } from '../rotation/preconditions.ts';
import type { ServicesContext } from '../services/context.ts';
import type { Service } from '../services/entry.ts';
import { ssh, type SshAnswer } from '../ssh/ssh.ts';
import { digestHex } from '../x509/digest.ts';
import { readArtifactOf } from './artifact.ts';
import { reportedSince } from './collect.ts';
import { placesOf } from './handover.ts';

export type Carry = z.output<typeof carrySchema>;

/** Another host as its administrator's shell: each word as it is, with sudo unless it is root's already. */
const there =
  ({ to, port, sudo }: Carry, signal: AbortSignal) =>
  (words: readonly string[], input?: string): Promise<SshAnswer> =>
    ssh({ to, ...(port === undefined ? {} : { port }) }, [...(sudo ? ['sudo', '-n'] : []), ...words], {
      signal,
      ...(input === undefined ? {} : { input }),
    });

/** What the other side said, for the folded part of an error. */
const saidBy = ({ stdout, stderr }: SshAnswer): { detail: string } => ({
  detail: redactText(`${stderr}\n${stdout}`.trim()).slice(-1500),
});

async function textOf(context: ServicesContext, id: string): Promise<string> {
  const found = await readArtifactOf(context, id);
  if (found === undefined) throw new ConsoleError('not_found', { what: 'bootstrap.json', name: id });
  return found.text;
}

/** The file as that host has it, by its digest; undefined: there is none, or nobody may read it. */
async function digestThere(carry: Carry, path: string, signal: AbortSignal): Promise<string | undefined> {
  const { code, stdout } = await there(carry, signal)(['sha256sum', '--', path]);
  return code === 0 ? /^\\?([0-9a-f]{64}) /.exec(stdout)?.[1] : undefined;
}

/** bootstrap.json goes over standard input into a file that only root can read; its digest there proves it. */
export function carryStep(context: ServicesContext, service: Service, carry: Carry): Step {
  const { target } = placesOf(service, undefined);
  const at = async (): Promise<string> =>
    placesOf(service, (await readArtifactOf(context, service.id))?.artifact).target;
  const same = async (run: Run): Promise<boolean> =>
    (await digestThere(carry, await at(), run.signal)) ===
    digestHex('sha256', Buffer.from(await textOf(context, service.id)));
  return {
    id: 'carry',
    title: message('hosts.step.carry', { host: carry.to }),
    effects: [{ kind: 'touches', who: carry.to, note: message('hosts.touches.carried', { path: target }) }],
    check: same,
    async apply(run) {
      const path = await at();
      const text = await textOf(context, service.id);
      const answer = await there(carry, run.signal)(
        ['install', '-D', '-m', '0600', '--', '/dev/stdin', path],
        text,
      );
      if (answer.code !== 0)
        throw new ConsoleError('host_carry_failed', { host: carry.to, path }, saidBy(answer));
      if (!(await same(run))) throw new ConsoleError('host_carry_differs', { host: carry.to, path });
      run.prove({ title: message('hosts.proof.carried', { host: carry.to, path }), outcome: 'proved' });
    },
    async undo(run) {
      await there(carry, run.signal)(['rm', '-f', '--', await at()]);
    },
  };
}

/** The one command. It is safe to repeat there, and what came of it is proved by the host's own report in OpenBao. */
export function bootstrapStep(context: ServicesContext, service: Service, carry: Carry): Step {
  const mark = 'bootstrapped';
  return {
    id: 'bootstrap',
    title: message('hosts.step.bootstrap', { host: carry.to }),
    effects: [{ kind: 'touches', who: service.identity, note: message('hosts.touches.bootstrapped') }],
    weight: 3,
    check: async (run) => (await run.stage.read(mark)) !== undefined,
    async apply(run) {
      const since = context.now();
      const { target, summary } = placesOf(service, (await readArtifactOf(context, service.id))?.artifact);
      const words = ['bootroot-console', 'remote', 'bootstrap', '--artifact', target];
      const answer = await there(
        carry,
        run.signal,
      )([...words, '--summary-json', summary, '--output', 'json']);
      // 4: applied, but the host could not tell; what it says here is told all the same.
      if (answer.code !== 0 && answer.code !== 4)
        throw new ConsoleError('host_bootstrap_failed', { name: service.id, host: carry.to }, saidBy(answer));
      const said = parseSummary(answer.stdout, carry.to);
      for (const item of remoteItems) run.log(message('hosts.log.item', { item, status: said[item].status }));
      await run.stage.write(mark, 'yes');
      const reported = await reportedSince(context, service.id, since);
      run.prove({
        title: message('hosts.proof.reported', { name: service.id }),
        outcome: reported ? 'proved' : 'not_proved',
      });
    },
    undo: async () => undefined,
  };
}

/** The host answers, is known, lets this operator in, and has what the command needs. */
export const sshPrecondition = (carry: Carry): Promise<Precondition> =>
  ask('ssh', message('hosts.precondition.ssh', { host: carry.to }), async () => {
    const signal = AbortSignal.timeout(30_000);
    const answer = await there(
      carry,
      signal,
    )(['sh', '-c', carry.bootstrap ? 'command -v bootroot-console' : 'true']);
    if (answer.code === 0) return undefined;
    return carry.sudo && /sudo/.test(answer.stderr)
      ? message('hosts.precondition.sudo', { host: carry.to })
      : message('hosts.precondition.program', { host: carry.to });
  });

/** There is something to carry, and its wrapping token can still be opened. */
export const waitingPrecondition = (context: ServicesContext, service: Service): Promise<Precondition> =>
  ask('waiting', message('hosts.precondition.waiting'), async () => {
    const artifact = (await readArtifactOf(context, service.id))?.artifact;
    const token = artifact?.wrap_token;
    if (token === null || token === undefined || token === '') return message('hosts.handover.none');
    const lives = await context.openbao.wrapLives(token);
    return lives ? undefined : message('hosts.precondition.not_waiting');
  });
