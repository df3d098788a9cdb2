import { readFile } from 'node:fs/promises';
import { isConsoleError } from '../../../shared/errors.ts';
import { message, type Message } from '../../../shared/message.ts';
import type { Run, Step } from '../../operations/types.ts';
import { httpRequest } from '../../tls/http-request.ts';
import { originOf, type Trust } from './ask.ts';
import { patienceOf, type ExternalContext } from './context.ts';
import { askOpenBao } from './probe.ts';
import { acmeDirectory, stepcaHealth } from './stepca.ts';

/** The trust that was written, read back as every later connection reads it. */
async function writtenTrust({ paths, input }: ExternalContext): Promise<{ openbao: Trust; stepca: Trust }> {
  const bundle = await readFile(paths.bundle, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  const openbao = bundle === undefined ? {} : { ca: bundle };
  const pin = input.rootFingerprint;
  return { openbao, stepca: { ...openbao, ...(pin === undefined ? {} : { pin }) } };
}

/** Asks, and puts the answer or the refusal on record. Throws what was thrown. */
async function proved<T>(
  run: Run,
  title: Message,
  question: () => Promise<T>,
  evidence: (answer: T) => Message,
): Promise<T> {
  try {
    const answer = await question();
    run.prove({ title, outcome: 'proved', evidence: evidence(answer) });
    return answer;
  } catch (error) {
    run.prove({
      title,
      outcome: 'not_proved',
      ...(isConsoleError(error) ? { evidence: message(`error.${error.code}.what`, error.data.params) } : {}),
    });
    throw error;
  }
}

/** Any HTTP answer proves that the responder's admin port can be reached; it has no path that may be asked without effect. */
async function proveResponder(url: string, run: Run): Promise<void> {
  const title = message('external.proof.responder');
  try {
    const { status } = await httpRequest({ url: originOf(url), ...patienceOf(run) });
    run.prove({ title, outcome: 'proved', evidence: message('external.evidence.status', { url, status }) });
  } catch {
    run.prove({ title, outcome: 'not_proved', evidence: message('external.evidence.silent', { url }) });
  }
}

/** Everything once more with what is on disk now, and then what the console must remember. */
export function proveStep(context: ExternalContext): Step {
  const { input } = context;
  return {
    id: 'prove',
    title: message('external.step.prove'),
    effects: [],
    check: async () => false,
    async apply(run) {
      const trust = await writtenTrust(context);
      await proved(
        run,
        message('external.proof.openbao'),
        () => askOpenBao(input.openbaoUrl, trust.openbao, patienceOf(run)),
        ({ version, sealed }) =>
          sealed
            ? message('external.probe.openbao_sealed', { version })
            : message('external.probe.openbao_ready', { version }),
      );
      await proved(
        run,
        message('external.proof.stepca'),
        () => stepcaHealth(input.stepcaUrl, trust.stepca, patienceOf(run)),
        ({ version }) => message('external.probe.stepca_ready', { version: version ?? '' }),
      );
      const directoryUrl = await proved(
        run,
        message('external.proof.acme'),
        () => acmeDirectory(input.stepcaUrl, trust.stepca, patienceOf(run)),
        (url) => message('external.evidence.url', { url }),
      );
      if (input.responderAdminUrl !== undefined) await proveResponder(input.responderAdminUrl, run);
      await context.remember(input, directoryUrl);
    },
    undo: async () => undefined,
  };
}
