import type { Translate } from '../../app/i18n.tsx';
import type { FieldSpec } from '../../ui/fields.tsx';

/** The questions of `service.add`, in the order in which the wizard asks them. */
export function addFields(t: Translate): Record<'who' | 'where' | 'more', readonly FieldSpec[]> {
  return {
    who: [
      { path: 'serviceName', label: t('services.add.name'), hint: t('services.add.nameHint'), mono: true },
      {
        path: 'instanceId',
        label: t('services.add.instance'),
        hint: t('services.add.instanceHint'),
        mono: true,
      },
      { path: 'hostname', label: t('services.add.host'), hint: t('services.add.hostHint'), mono: true },
      { path: 'domain', label: t('services.add.domain'), hint: t('services.add.domainHint'), mono: true },
    ],
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
    more: [
      {
        path: 'registrationId',
        label: t('services.add.registration'),
        hint: t('services.add.registrationHint'),
        mono: true,
        optional: true,
      },
      { path: 'notes', label: t('services.notes'), hint: t('services.add.notesHint'), optional: true },
    ],
  };
}
