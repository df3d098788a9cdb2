import { Button, Group, Modal, Textarea } from '@mantine/core';
import { useState, type FormEvent, type ReactNode } from 'react';
import { useT } from '../../../app/i18n.tsx';

interface WaiveDialogProps {
  /** Undefined: closed. */
  readonly service: string | undefined;
  readonly onWaive: (service: string, reason: string) => void;
  readonly onClose: () => void;
}

/** Why the gate need not wait for one service. */
export function WaiveDialog({ service, onWaive, onClose }: WaiveDialogProps): ReactNode {
  const t = useT();
  return (
    <Modal
      opened={service !== undefined}
      onClose={onClose}
      title={service === undefined ? '' : t('caKey.waiveTitle', { name: service })}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      {service === undefined ? null : (
        <ReasonForm onClose={onClose} onReason={(reason) => onWaive(service, reason)} />
      )}
    </Modal>
  );
}

interface ReasonFormProps {
  readonly onReason: (reason: string) => void;
  readonly onClose: () => void;
}

function ReasonForm({ onReason, onClose }: ReasonFormProps): ReactNode {
  const t = useT();
  const [reason, setReason] = useState('');
  const good = reason.trim() !== '';
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (good) onReason(reason.trim());
  };
  return (
    <form onSubmit={submit}>
      <Textarea
        data-autofocus
        label={t('caKey.reason')}
        description={t('caKey.reasonHint')}
        value={reason}
        maxLength={400}
        autosize
        minRows={2}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" size="sm" onClick={onClose}>
          {t('ui.cancel')}
        </Button>
        <Button type="submit" size="sm" disabled={!good}>
          {t('ui.seePlan')}
        </Button>
      </Group>
    </form>
  );
}
