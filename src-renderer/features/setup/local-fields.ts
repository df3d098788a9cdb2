import { caKeyTypes } from '../../../shared/contract/setup.ts';
import type { Translate } from '../../app/i18n.tsx';
import type { FieldSpec } from '../../ui/fields.tsx';

const port = { as: 'number', min: 1024, max: 65_535 } as const;

/** The questions of `setup.local` and `setup.compose`, in the groups in which the wizard asks them. */
export function localFields(
  t: Translate,
): Record<'main' | 'compose' | 'unseal' | 'ports' | 'ca', readonly FieldSpec[]> {
  return {
    main: [
      { path: 'name', label: t('setup.name'), hint: t('setup.nameHint') },
      { path: 'domain', label: t('setup.domain'), hint: t('setup.domainHint'), mono: true },
      { path: 'path', label: t('setup.path'), hint: t('setup.pathHint'), wide: true, mono: true },
    ],
    compose: [
      { path: 'instance', label: t('setup.instance'), hint: t('setup.instanceHint'), mono: true },
      {
        path: 'imagesFile',
        label: t('setup.imagesFile'),
        hint: t('setup.imagesFileHint'),
        mono: true,
        optional: true,
      },
    ],
    unseal: [
      {
        path: 'openbao.shares',
        label: t('setup.shares'),
        hint: t('setup.sharesHint'),
        as: 'number',
        min: 1,
        max: 20,
      },
      {
        path: 'openbao.threshold',
        label: t('setup.threshold'),
        hint: t('setup.thresholdHint'),
        as: 'number',
        min: 1,
        max: 20,
      },
    ],
    ports: [
      { path: 'openbao.port', label: t('setup.port.openbao'), ...port },
      { path: 'openbao.clusterPort', label: t('setup.port.cluster'), ...port },
      { path: 'postgres.port', label: t('setup.port.postgres'), ...port },
      { path: 'stepca.port', label: t('setup.port.stepca'), ...port },
      { path: 'stepca.acmeHttpPort', label: t('setup.port.acmeHttp'), ...port },
      { path: 'responder.adminPort', label: t('setup.port.responder'), ...port },
      { path: 'resolver.port', label: t('setup.port.resolver'), ...port },
    ],
    ca: [
      { path: 'ca.name', label: t('setup.caName'), hint: t('setup.caNameHint') },
      {
        path: 'ca.keyType',
        label: t('setup.keyType'),
        hint: t('setup.keyTypeHint'),
        as: 'select',
        options: caKeyTypes.map((value) => ({ value, label: t(`setup.keyTypes.${value}`) })),
      },
      { path: 'ca.rootYears', label: t('setup.rootYears'), as: 'number', min: 1, max: 40 },
      { path: 'ca.intermediateYears', label: t('setup.intermediateYears'), as: 'number', min: 1, max: 20 },
      {
        path: 'ca.leafHours',
        label: t('setup.leafHours'),
        hint: t('setup.leafHoursHint'),
        as: 'number',
        min: 1,
        max: 8760,
      },
      {
        path: 'ca.pathLength',
        label: t('setup.pathLength'),
        hint: t('setup.pathLengthHint'),
        as: 'number',
        min: 0,
        max: 3,
      },
      {
        path: 'ca.permittedNames',
        label: t('setup.permittedNames'),
        hint: t('setup.permittedNamesHint'),
        as: 'lines',
        wide: true,
        mono: true,
      },
    ],
  };
}
