import { message, type Message } from '../../../shared/message.ts';
import { findDrift } from '../../drift/look.ts';
import { itemOf } from '../../drift/found.ts';
import { auditPermissions } from '../../workspace/permissions.ts';
import type { Oddity } from '../../../shared/contract/adopt.ts';
import type { Finder } from '../world.ts';

/** Areas whose comparison says something of the installation itself; the rest is on the page of drift. */
const areas = ['files', 'access', 'openbao'];
/** The console's own roles, which an installation of the tools has no need of. */
const ours = /^(?:policy|role):bootroot-(?:console|break-glass)$/;

const rotate = (infra: string): Oddity['remedy'] => ({
  kind: 'rotate.approle-secret-id',
  input: { ids: [], infra: [infra] },
  label: message('adopt.remedy.new_secret_id'),
});

/** Drift between state.json, OpenBao and files; each finding that drift can mend is mended by its operation. */
export const driftedFinder: Finder = async ({ drift, paths }) => {
  const [found, modes] = await Promise.all([findDrift(drift), auditPermissions(paths)]);
  const severities = new Map(modes.map(({ path, severity }) => [path, severity]));
  return found
    .map(itemOf)
    .filter(
      ({ state, area, id }) =>
        !['agrees', 'unknown'].includes(state) && areas.includes(area) && !ours.test(id),
    )
    .map(({ id, what, detail, diff, mendable, state, area }): Oddity => {
      const mode = id.startsWith('mode:') ? severities.get(`${paths.root}/${what}`) : undefined;
      const gone = id.startsWith('infra-secret-id:') ? id.slice('infra-secret-id:'.length) : undefined;
      const text: Message =
        detail ?? message(state === 'missing' ? 'adopt.text.missing' : 'adopt.text.differs');
      const mend: Oddity['remedy'] = {
        kind: 'drift.mend',
        input: { ids: [id] },
        label: message('drift.mend'),
      };
      const remedy = gone !== undefined ? rotate(gone) : mendable ? mend : undefined;
      return {
        id,
        severity:
          mode ??
          (area === 'access' || id.startsWith('bundle:') || gone !== undefined ? 'critical' : 'warning'),
        what,
        text,
        ...(diff === undefined ? {} : { diff }),
        ...(remedy === undefined ? {} : { remedy }),
      };
    });
};
