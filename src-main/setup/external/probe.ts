import type * as z from 'zod';
import type { setupContract } from '../../../shared/contract/setup.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { message, type Message } from '../../../shared/message.ts';
import { createOpenBao, type SealStatus } from '../../openbao/openbao.ts';
import { toErrorData } from '../../operations/error-data.ts';
import { originOf, type AskOptions, type Trust } from './ask.ts';
import { servingRoot, type PublishedRoot } from './roots.ts';
import { stepcaHealth } from './stepca.ts';

type Contract = (typeof setupContract)['setup.probe'];
export type ProbeInput = z.output<Contract['input']>;
export type ProbeReport = z.output<Contract['output']>;

/** An operator waits for this: long enough for a slow network, short enough for a form. */
const patience = { timeoutMs: 5_000 } as const;

const what = (error: unknown): Message => {
  const { code, params } = toErrorData(error);
  return message(`error.${code}.what`, params);
};

export const trustOf = (caPem: string): Trust => (caPem.trim() === '' ? {} : { ca: caPem });

/** Seal status under this trust. Throws what the OpenBao client throws. */
export const askOpenBao = (url: string, trust: Trust, options: AskOptions): Promise<SealStatus> =>
  createOpenBao({
    url,
    connectMs: options.timeoutMs,
    timeoutMs: options.timeoutMs,
    ...(trust.ca === undefined ? {} : { ca: trust.ca }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }).sealStatus();

function sealDetail(status: SealStatus, url: string): Message {
  const params = { version: status.version };
  if (!status.initialised) return message('external.probe.openbao_not_initialised', params);
  if (status.sealed) return message('external.probe.openbao_sealed', params);
  return originOf(url).startsWith('http:')
    ? message('external.probe.openbao_plain', params)
    : message('external.probe.openbao_ready', params);
}

async function probeOpenBao(url: string, trust: Trust): Promise<ProbeReport['openbao']> {
  try {
    originOf(url);
    const status = await askOpenBao(url, trust, patience);
    const { version } = status;
    return {
      ok: status.initialised,
      detail: sealDetail(status, url),
      ...(version === '' ? {} : { version }),
    };
  } catch (error) {
    return { ok: false, detail: what(error) };
  }
}

const shown = (root: PublishedRoot | undefined): { rootFingerprint?: string; rootPem?: string } =>
  root === undefined ? {} : { rootFingerprint: root.fingerprint, rootPem: root.pem };

async function probeStepCa(url: string, trust: Trust): Promise<ProbeReport['stepca']> {
  try {
    const { version } = await stepcaHealth(url, trust, patience);
    const root = await servingRoot(url, patience).catch(() => undefined);
    return {
      ok: true,
      detail: message('external.probe.stepca_ready', { version: version ?? '' }),
      ...shown(root),
    };
  } catch (error) {
    if (!isConsoleError(error, 'external_stepca_untrusted')) return { ok: false, detail: what(error) };
    // The usual case of a private CA: its root is shown, so that the operator can compare and then trust it.
    const root = await servingRoot(url, patience).catch(() => undefined);
    return {
      ok: false,
      detail: root === undefined ? what(error) : message('external.probe.stepca_compare'),
      ...shown(root),
    };
  }
}

/** What answers at two addresses, asked without effect: nothing but public paths, no credential. */
export async function probeExternal(input: ProbeInput): Promise<ProbeReport> {
  const trust = trustOf(input.caPem);
  const [openbao, stepca] = await Promise.all([
    probeOpenBao(input.openbaoUrl, trust),
    probeStepCa(input.stepcaUrl, trust),
  ]);
  return { openbao, stepca };
}
