import type { Translate } from '../../app/i18n.tsx';
import type { FieldSpec } from '../../ui/fields.tsx';
import { entryFields, whoFields } from '../services/who-fields.ts';

/** The questions of `host.add`, in the order in which the wizard asks them. */
export function addHostFields(t: Translate): Record<'who' | 'where' | 'more', readonly FieldSpec[]> {
  return {
    who: whoFields(t),
    where: [
      {
        path: 'openbaoUrl',
        label: t('hosts.wizard.openbaoUrl'),
        hint: t('hosts.wizard.openbaoUrlHint'),
        wide: true,
        mono: true,
      },
      { path: 'agentServer', label: t('hosts.wizard.agentServer'), wide: true, mono: true },
      { path: 'responderUrl', label: t('hosts.wizard.responderUrl'), wide: true, mono: true },
      {
        path: 'directory',
        label: t('hosts.wizard.directory'),
        hint: t('hosts.wizard.directoryHint'),
        wide: true,
        mono: true,
      },
      {
        path: 'wrapTtl',
        label: t('hosts.wizard.wrapTtl'),
        hint: t('hosts.wizard.wrapTtlHint'),
        mono: true,
      },
    ],
    more: [
      { path: 'certPath', label: t('services.certPath'), wide: true, mono: true },
      { path: 'keyPath', label: t('services.keyPath'), wide: true, mono: true },
      { path: 'agentConfigPath', label: t('services.agentConfigPath'), wide: true, mono: true },
      { path: 'agentEmail', label: t('hosts.wizard.email'), optional: true },
      ...entryFields(t),
    ],
  };
}
