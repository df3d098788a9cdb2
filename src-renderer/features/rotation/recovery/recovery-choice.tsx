import { Checkbox, NumberInput, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessage, useT } from '../../../app/i18n.tsx';
import { Fields } from '../../../ui/fields.tsx';
import { Section } from '../../../ui/section.tsx';
import { problemsOf, withCustodians } from '../../openbao/production-move.ts';
import { CustodianFields } from '../../setup/custodian-fields.tsx';
import { ttlLimits, type RecoveryWish } from './recovery-wish.ts';

interface RecoveryChoiceProps {
  readonly wish: RecoveryWish;
  readonly lab: boolean;
  readonly onChange: (wish: RecoveryWish) => void;
}

/** What is renewed: shares, root token, or both. */
export function RecoveryChoice({ wish, lab, onChange }: RecoveryChoiceProps): ReactNode {
  const t = useT();
  return (
    <Section title={t('recovery.ui.what')}>
      <Stack gap="sm">
        <Checkbox
          label={t('recovery.ui.shares')}
          description={t(lab ? 'recovery.ui.sharesLab' : 'recovery.ui.sharesHint')}
          checked={wish.shares}
          onChange={(event) => onChange({ ...wish, shares: event.currentTarget.checked })}
        />
        {wish.shares ? <ShareCount wish={wish} lab={lab} onChange={onChange} /> : null}
        <Checkbox
          label={t('recovery.ui.root')}
          description={t('recovery.ui.rootHint')}
          checked={wish.root}
          onChange={(event) => onChange({ ...wish, root: event.currentTarget.checked })}
        />
        {wish.root ? (
          <>
            <NumberInput
              size="sm"
              maw={220}
              label={t('recovery.ui.ttl')}
              min={ttlLimits.least}
              max={ttlLimits.most}
              allowDecimal={false}
              value={wish.ttlMinutes}
              onChange={(value) => onChange({ ...wish, ttlMinutes: Number(value) })}
            />
            <Checkbox
              label={t('recovery.ui.others')}
              description={t('recovery.ui.othersHint')}
              checked={wish.revokeOthers}
              onChange={(event) => onChange({ ...wish, revokeOthers: event.currentTarget.checked })}
            />
          </>
        ) : null}
      </Stack>
    </Section>
  );
}

function ShareCount({ wish, lab, onChange }: RecoveryChoiceProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const { move } = wish;
  const problems = problemsOf(lab ? { ...move, custodians: [] } : move);
  const number = { as: 'number', min: 2, max: 20 } as const;
  return (
    <>
      <Fields
        fields={[
          { path: 'shares', label: t('setup.shares'), hint: t('setup.sharesHint'), ...number },
          { path: 'threshold', label: t('setup.threshold'), hint: t('setup.thresholdHint'), ...number },
        ]}
        input={move}
        problems={problems}
        onChange={(next) =>
          onChange({
            ...wish,
            move: withCustodians(next, (index) => t('setup.custodianProposal', { index })),
          })
        }
      />
      {lab ? null : (
        <CustodianFields
          names={move.custodians}
          onChange={(custodians) => onChange({ ...wish, move: { ...move, custodians } })}
        />
      )}
      {problems
        .filter(({ field }) => field === 'custodians')
        .map((problem) => (
          <Text key={problem.field} size="sm" role="status" className="bc-problem-warning">
            {say(problem.message)}
          </Text>
        ))}
    </>
  );
}
