import type { EabStatus } from '../../../shared/contract/eab.ts';
import type { ServicesContext } from '../../services/context.ts';
import { eabRequired, stepCaVersion } from './ca.ts';
import { eabPath } from './definition.ts';
import { pairOf } from './pair.ts';

const or = <T>(job: () => Promise<T>): Promise<T | undefined> =>
  Promise.resolve()
    .then(job)
    .catch(() => undefined);

/** What the page says before anybody types; what does not answer is left out. */
export async function eabStatus(context: ServicesContext): Promise<EabStatus> {
  const [required, stepCa, kid, { directoryUrl }] = await Promise.all([
    or(() => eabRequired(context)),
    or(() => stepCaVersion(context)),
    or(async () => pairOf((await context.client().kv.read(eabPath))?.data)?.kid ?? ''),
    context.endpoints(),
  ]);
  return {
    directoryUrl,
    ...(required === undefined ? {} : { required }),
    ...(stepCa === undefined ? {} : { stepCa }),
    ...(kid === undefined ? {} : { kid }),
  };
}
