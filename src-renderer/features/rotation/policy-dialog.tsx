import { Button, Group, Modal, NumberInput } from '@mantine/core';
import { useState, type FormEvent, type ReactNode } from 'react';
import type { RotationItem } from '../../../shared/contract/rotation.ts';
import { useMessage, useT } from '../../app/i18n.tsx';

/** Limits of `rotation.setPolicy`, days. */
const [least, most] = [0.05, 3650];

interface PolicyDialogProps {
  /** Undefined: closed. */
  readonly item: RotationItem | undefined;
  readonly onChoose: (item: RotationItem, days: number) => void;
  readonly onClose: () => void;
}

/** Any number of days as the policy of one secret. */
export function PolicyDialog({ item, onChoose, onClose }: PolicyDialogProps): ReactNode {
  const t = useT();
  const say = useMessage();
  return (
    <Modal
      opened={item !== undefined}
      onClose={onClose}
      title={item === undefined ? '' : t('rotation.policy.title', { name: say(item.title) })}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      {item === undefined ? null : (
        <DaysForm
          first={item.policyDays ?? 30}
          onClose={onClose}
          onChoose={(days) => {
            onClose();
            onChoose(item, days);
          }}
        />
      )}
    </Modal>
  );
}

interface DaysFormProps {
  readonly first: number;
  readonly onChoose: (days: number) => void;
  readonly onClose: () => void;
}

function DaysForm({ first, onChoose, onClose }: DaysFormProps): ReactNode {
  const t = useT();
  const [days, setDays] = useState<number | string>(first);
  const good = typeof days === 'number' && days >= least && days <= most;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (good) onChoose(days);
  };
  return (
    <form onSubmit={submit}>
      <NumberInput
        data-autofocus
        size="sm"
        label={t('rotation.policy.days')}
        description={t('rotation.policy.daysHint')}
        value={days}
        min={least}
        max={most}
        decimalScale={2}
        allowNegative={false}
        onChange={setDays}
      />
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" size="sm" onClick={onClose}>
          {t('ui.cancel')}
        </Button>
        <Button type="submit" size="sm" disabled={!good}>
          {t('rotation.policy.set')}
        </Button>
      </Group>
    </form>
  );
}
