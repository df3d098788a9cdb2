import { Checkbox, NumberInput, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from '../../../app/i18n.tsx';
import { Section } from '../../../ui/section.tsx';
import { ShareFields } from '../../openbao/share-fields.tsx';
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
        {wish.shares ? (
          <ShareFields move={wish.move} unnamed={lab} onChange={(move) => onChange({ ...wish, move })} />
        ) : null}
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
