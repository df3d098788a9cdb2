import type { Oddity } from '../../../shared/contract/adopt.ts';
import type { DriftItem } from '../../../shared/contract/drift.ts';
import { message, type Message } from '../../../shared/message.ts';
import { itemOf } from '../../drift/found.ts';
import { findDrift } from '../../drift/look.ts';
import { olderServicePolicy, samePolicy } from '../../openbao/policies.ts';
import { auditPermissions } from '../../workspace/permissions.ts';
import type { Finder, Scene } from '../world.ts';

/** Areas whose comparison says something of the installation itself; the rest is on the page of drift. */
const areas = ['files', 'access', 'openbao'];
/** The console's own roles, which an installation of the tools has no need of. */
const ours = /^(?:policy|role):bootroot-(?:console|break-glass)$/;
const goneId = 'infra-secret-id:';

/** Policies of services that are as the older generation writes them: right for it, and short of one rule for the newer. */
async function olderPolicies({ client, services, drift }: Scene): Promise<ReadonlySet<string>> {
  if (client === undefined) return new Set();
  const mount = drift.services.kvMount;
  const found = await Promise.all(
    services.map(async ({ id, entry: { approle } }) => {
      const text = await client.policies.read(approle.policy_name).catch(() => undefined);
      return samePolicy(text, olderServicePolicy(id, mount)) ? [`policy:${approle.policy_name}`] : [];
    }),
  );
  return new Set(found.flat());
}

function textOf({ id, detail, state }: DriftItem, older: boolean): Message {
  if (older) return message('adopt.text.older_policy');
  // `service` of what drift says names whose file it is.
  if (id.startsWith('file:')) return message('adopt.text.missing_file', { ...detail?.params });
  return detail ?? message(state === 'missing' ? 'adopt.text.missing' : 'adopt.text.differs');
}

function remedyOf({ id, mendable }: DriftItem): Oddity['remedy'] {
  if (id.startsWith(goneId))
    return {
      kind: 'rotate.approle-secret-id',
      input: { ids: [], infra: [id.slice(goneId.length)] },
      label: message('adopt.remedy.new_secret_id'),
    };
  return mendable ? { kind: 'drift.mend', input: { ids: [id] }, label: message('drift.mend') } : undefined;
}

const grave = ({ id, area }: DriftItem): boolean =>
  area === 'access' || id.startsWith('image:') || id.startsWith('bundle:') || id.startsWith(goneId);

/** Drift between state.json, OpenBao and files; each finding that drift can mend is mended by its operation. */
export const driftedFinder: Finder = async (scene) => {
  const { drift, paths } = scene;
  const [found, modes, older] = await Promise.all([
    findDrift(drift),
    auditPermissions(paths),
    olderPolicies(scene),
  ]);
  const severities = new Map(modes.map(({ path, severity }) => [path, severity]));
  const odd = found
    .map(itemOf)
    .filter(
      ({ state, area, id }) =>
        !['agrees', 'unknown'].includes(state) && areas.includes(area) && !ours.test(id),
    );
  return odd.map((item): Oddity => {
    const { id, what, diff } = item;
    const mode = id.startsWith('mode:') ? severities.get(`${paths.root}/${what}`) : undefined;
    const remedy = remedyOf(item);
    return {
      id,
      severity: older.has(id) ? 'notice' : (mode ?? (grave(item) ? 'critical' : 'warning')),
      what,
      text: textOf(item, older.has(id)),
      ...(diff === undefined ? {} : { diff }),
      ...(remedy === undefined ? {} : { remedy }),
    };
  });
};
