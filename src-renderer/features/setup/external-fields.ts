import {
  setupExternalSchema,
  type FieldProblem,
  type SetupExternal,
} from '../../../shared/contract/setup.ts';
import { message, type Message } from '../../../shared/message.ts';
import type { Translate } from '../../app/i18n.tsx';
import type { FieldSpec } from '../../ui/fields.tsx';

/** The questions of `setup.external`, in the groups in which the wizard asks them. */
export function externalFields(t: Translate): Record<'servers' | 'http01' | 'place', readonly FieldSpec[]> {
  const mono = true;
  return {
    servers: [
      { path: 'openbaoUrl', label: t('setup.external.openbao'), hint: t('setup.external.openbaoHint'), mono },
      { path: 'stepcaUrl', label: t('setup.external.stepca'), hint: t('setup.external.stepcaHint'), mono },
      {
        path: 'responderAdminUrl',
        label: t('setup.external.responder'),
        hint: t('setup.external.responderHint'),
        mono,
        optional: true,
      },
      { path: 'kvMount', label: t('setup.external.mount'), hint: t('setup.external.mountHint'), mono },
    ],
    http01: [
      {
        path: 'http01Port',
        label: t('setup.external.http01Port'),
        hint: t('setup.external.http01PortHint'),
        as: 'number',
        min: 1,
      },
      {
        path: 'resolver',
        label: t('setup.external.resolver'),
        hint: t('setup.external.resolverHint'),
        mono,
        optional: true,
      },
    ],
    place: [
      { path: 'name', label: t('setup.name'), hint: t('setup.nameHint') },
      { path: 'domain', label: t('setup.domain'), hint: t('setup.domainHint'), mono },
      { path: 'path', label: t('setup.path'), hint: t('setup.pathHint'), mono, wide: true },
    ],
  };
}

/** What is said of a field that the contract does not take. Empty ones are not scolded: the button waits for them. */
const remarks: Readonly<Record<string, Message>> = {
  openbaoUrl: message('setup.external.badUrl'),
  stepcaUrl: message('setup.external.badUrl'),
  responderAdminUrl: message('setup.external.badUrl'),
  http01Port: message('setup.external.badPort'),
  resolver: message('setup.external.badResolver'),
  domain: message('setup.external.badDomain'),
};

/** What can be said of the answers without asking anybody. */
export function externalProblems(input: SetupExternal): readonly FieldProblem[] {
  const { error } = setupExternalSchema.safeParse(input);
  const fields = new Set((error?.issues ?? []).map(({ path }) => String(path[0])));
  return [...fields].flatMap((field) => {
    const remark = remarks[field];
    return remark === undefined ? [] : [{ field, level: 'error' as const, message: remark }];
  });
}
