import type { Translate } from '../../app/i18n.tsx';
import type { FieldSpec } from '../../ui/fields.tsx';

/** The questions of `host.add`, in the order in which the wizard asks them. */
export function addHostFields(t: Translate): Record<'who' | 'where' | 'more', readonly FieldSpec[]> {
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
