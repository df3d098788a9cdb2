import type { Translate } from '../../app/i18n.tsx';
import type { FieldSpec } from '../../ui/fields.tsx';

/** The four parts of the name in the certificate, here or on another host. */
export const whoFields = (t: Translate): readonly FieldSpec[] => [
  { path: 'serviceName', label: t('services.add.name'), hint: t('services.add.nameHint'), mono: true },
  { path: 'instanceId', label: t('services.add.instance'), hint: t('services.add.instanceHint'), mono: true },
  { path: 'hostname', label: t('services.add.host'), hint: t('services.add.hostHint'), mono: true },
  { path: 'domain', label: t('services.add.domain'), hint: t('services.add.domainHint'), mono: true },
];

/** What most leave as it is. */
export const entryFields = (t: Translate): readonly FieldSpec[] => [
  {
    path: 'registrationId',
    label: t('services.add.registration'),
    hint: t('services.add.registrationHint'),
    mono: true,
    optional: true,
  },
  { path: 'notes', label: t('services.notes'), hint: t('services.add.notesHint'), optional: true },
];
