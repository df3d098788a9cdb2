import type { ReactNode } from 'react';
import type { FieldProblem } from '../../../shared/contract/setup.ts';
import { reloadStyles, type ReloadStyle, type ServiceReload } from '../../../shared/contract/services.ts';
import { useT, type Translate } from '../../app/i18n.tsx';
import { Fields, type FieldSpec } from '../../ui/fields.tsx';
import { Why } from '../../ui/why.tsx';

interface Reloading {
  readonly reload?: ServiceReload | undefined;
  readonly servedAt?: string | undefined;
}

interface ReloadFieldsProps<T extends Reloading> {
  readonly input: T;
  readonly problems: readonly FieldProblem[];
  readonly onChange: (input: T) => void;
  /** Not where the hand-over has no word for it. */
  readonly withServedAt?: boolean;
}

/** Those that are told more than their name. */
type Asked = Exclude<ReloadStyle, 'none' | 'apache'>;
const isAsked = (style: ReloadStyle): style is Asked => style !== 'none' && style !== 'apache';

function fieldsFor(t: Translate, style: ReloadStyle, withServedAt: boolean): FieldSpec[] {
  const target: FieldSpec[] = isAsked(style)
    ? [
        {
          path: 'reload.target',
          label: t(`services.reload.target.${style}`),
          hint: t(`services.reload.hint.${style}`),
          mono: true,
          optional: true,
        },
      ]
    : [];
  const args: FieldSpec[] =
    style === 'command'
      ? [{ path: 'reload.args', label: t('services.reload.args'), as: 'lines', mono: true, optional: true }]
      : [];
  const servedAt: FieldSpec = {
    path: 'servedAt',
    label: t('services.reload.servedAt'),
    hint: t('services.reload.servedAtHint'),
    mono: true,
    optional: true,
  };
  return [...target, ...args, ...(withServedAt ? [servedAt] : [])];
}

/** What the agent does after a renewal so that the service takes the new certificate, and where it then looks. */
export function ReloadFields<T extends Reloading>({
  input,
  problems,
  onChange,
  withServedAt = true,
}: ReloadFieldsProps<T>): ReactNode {
  const t = useT();
  const style = input.reload?.style ?? 'none';
  const choose: FieldSpec = {
    path: 'reload.style',
    label: t('services.reload.style'),
    hint: t('services.reload.styleHint'),
    as: 'select',
    wide: true,
    options: reloadStyles.map((value) => ({ value, label: t(`services.reload.${value}`) })),
  };
  const shown = { ...input, reload: input.reload ?? { style } };
  // Another way asks for another word: what was typed for the one before is not it.
  const change = (next: T & { reload: ServiceReload }): void => {
    if (next.reload.style === style) return onChange(next);
    onChange({ ...next, reload: { style: next.reload.style } });
  };
  const more = style === 'none' ? [] : fieldsFor(t, style, withServedAt);
  return (
    <>
      <Fields input={shown} problems={problems} onChange={change} fields={[choose]} />
      {more.length === 0 ? null : (
        <Fields input={shown} problems={problems} onChange={change} fields={more} />
      )}
      <Why>{t('services.reload.why')}</Why>
    </>
  );
}
