import type { Translate } from '../../app/i18n.tsx';
import type { FieldSpec } from '../../ui/fields.tsx';
import { entryFields, whoFields } from './who-fields.ts';

/** The questions of `service.add`, in the order in which the wizard asks them. */
export function addFields(t: Translate): Record<'who' | 'where' | 'more', readonly FieldSpec[]> {
  return {
    who: whoFields(t),
    where: [
      {
        path: 'certPath',
        label: t('services.certPath'),
        hint: t('services.add.certPathHint'),
        wide: true,
        mono: true,
      },
      {
        path: 'keyPath',
        label: t('services.keyPath'),
        hint: t('services.add.keyPathHint'),
        wide: true,
        mono: true,
      },
      {
        path: 'agentConfigPath',
        label: t('services.agentConfigPath'),
        hint: t('services.add.agentConfigHint'),
        wide: true,
        mono: true,
      },
    ],
    more: entryFields(t),
  };
}
