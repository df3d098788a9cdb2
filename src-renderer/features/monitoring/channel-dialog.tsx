import {
  Button,
  Group,
  Modal,
  NumberInput,
  PasswordInput,
  Select,
  Switch,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useState, type ReactNode } from 'react';
import {
  channelSchema,
  mailSecurities,
  severities,
  webhookShapes,
  type Channel,
  type Delivery,
} from '../../../shared/contract/notifications.ts';
import { useLocale, useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { askForNotices } from './notices.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';

const types = ['webhook', 'mail', 'desktop'] as const;

const emptyOf: Readonly<Record<Delivery['type'], Delivery>> = {
  desktop: { type: 'desktop' },
  webhook: { type: 'webhook', shape: 'slack' },
  mail: { type: 'mail', host: '', port: 587, security: 'starttls', from: '', to: [] },
};

/** Fields of one way of reaching people. */
function DeliveryFields({
  delivery,
  onChange,
}: {
  readonly delivery: Delivery;
  readonly onChange: (delivery: Delivery) => void;
}): ReactNode {
  const t = useT();
  if (delivery.type === 'desktop') return <p className="bc-lead">{t('notifications.desktopLead')}</p>;
  if (delivery.type === 'webhook')
    return (
      <Select
        label={t('notifications.shape')}
        allowDeselect={false}
        value={delivery.shape}
        data={webhookShapes.map((value) => ({ value, label: t(`notifications.shapes.${value}`) }))}
        onChange={(value) =>
          onChange({ type: 'webhook', shape: webhookShapes.find((shape) => shape === value) ?? 'generic' })
        }
      />
    );
  const { username, ...others } = delivery;
  return (
    <>
      <TextInput
        label={t('notifications.host')}
        value={delivery.host}
        onChange={(event) => onChange({ ...delivery, host: event.currentTarget.value })}
      />
      <Group grow>
        <NumberInput
          label={t('notifications.port')}
          min={1}
          max={65_535}
          value={delivery.port}
          onChange={(value) => onChange({ ...delivery, port: Number(value) })}
        />
        <Select
          label={t('notifications.security')}
          allowDeselect={false}
          value={delivery.security}
          data={mailSecurities.map((value) => ({ value, label: t(`notifications.securities.${value}`) }))}
          onChange={(value) =>
            onChange({ ...delivery, security: mailSecurities.find((one) => one === value) ?? 'starttls' })
          }
        />
      </Group>
      <TextInput
        label={t('notifications.username')}
        autoComplete="off"
        value={username ?? ''}
        onChange={(event) => {
          const next = event.currentTarget.value;
          onChange(next === '' ? others : { ...others, username: next });
        }}
      />
      <TextInput
        label={t('notifications.sender')}
        value={delivery.from}
        onChange={(event) => onChange({ ...delivery, from: event.currentTarget.value })}
      />
      <Textarea
        label={t('notifications.recipients')}
        autosize
        minRows={2}
        value={delivery.to.join('\n')}
        onChange={(event) =>
          onChange({ ...delivery, to: event.currentTarget.value.split('\n').map((line) => line.trim()) })
        }
      />
    </>
  );
}

interface ChannelDialogProps {
  /** Undefined: a new one. */
  readonly channel: Channel | undefined;
  readonly onClose: () => void;
}

/** Adds a channel or changes it. What is secret is given anew or stays; it is never shown. */
export function ChannelDialog({ channel, onClose }: ChannelDialogProps): ReactNode {
  const t = useT();
  const language = useLocale();
  const [draft, setDraft] = useState<Channel>(
    () => channel ?? channelSchema.parse({ id: 'team', language, delivery: emptyOf.webhook }),
  );
  const [secret, setSecret] = useState('');
  const save = useMutationProcedure('notifications.saveChannel', ['notifications.settings']);
  const { delivery } = draft;
  const clean: Channel =
    delivery.type === 'mail'
      ? { ...draft, delivery: { ...delivery, to: delivery.to.filter((line) => line !== '') } }
      : draft;
  const wantsSecret =
    delivery.type === 'webhook' || (delivery.type === 'mail' && delivery.username !== undefined);
  const ready =
    channelSchema.safeParse(clean).success && (!wantsSecret || secret !== '' || channel !== undefined);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(channel === undefined ? 'notifications.add' : 'notifications.edit')}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      <form
        className="bc-channel"
        onSubmit={(event) => {
          event.preventDefault();
          if (delivery.type === 'desktop') askForNotices();
          save.mutate({ channel: clean, ...(secret === '' ? {} : { secret }) }, { onSuccess: onClose });
        }}
      >
        {save.error === null ? null : <ErrorPanel error={save.error.data} />}
        <TextInput
          label={t('notifications.name')}
          description={t('notifications.nameHint')}
          disabled={channel !== undefined}
          value={draft.id}
          onChange={(event) => setDraft({ ...draft, id: event.currentTarget.value })}
        />
        <Select
          label={t('notifications.how')}
          allowDeselect={false}
          disabled={channel !== undefined}
          value={delivery.type}
          data={types.map((value) => ({ value, label: t(`notifications.type.${value}`) }))}
          onChange={(value) =>
            setDraft({ ...draft, delivery: emptyOf[types.find((type) => type === value) ?? 'webhook'] })
          }
        />
        <DeliveryFields delivery={delivery} onChange={(next) => setDraft({ ...draft, delivery: next })} />
        {wantsSecret ? (
          <PasswordInput
            label={t(delivery.type === 'webhook' ? 'notifications.address' : 'notifications.password')}
            description={channel === undefined ? null : t('notifications.keepSecret')}
            autoComplete="off"
            value={secret}
            onChange={(event) => setSecret(event.currentTarget.value)}
          />
        ) : null}
        <Select
          label={t('notifications.mildest')}
          allowDeselect={false}
          value={draft.severity}
          data={severities.map((value) => ({ value, label: t(`notifications.severity.${value}`) }))}
          onChange={(value) =>
            setDraft({ ...draft, severity: severities.find((one) => one === value) ?? 'warning' })
          }
        />
        <Group grow>
          <NumberInput
            label={t('notifications.afterMinutes')}
            min={0}
            max={10_080}
            value={draft.afterMinutes}
            onChange={(value) => setDraft({ ...draft, afterMinutes: Number(value) })}
          />
          <NumberInput
            label={t('notifications.repeatMinutes')}
            min={0}
            max={10_080}
            value={draft.repeatMinutes}
            onChange={(value) => setDraft({ ...draft, repeatMinutes: Number(value) })}
          />
        </Group>
        <Switch
          label={t('notifications.enabled')}
          checked={draft.enabled}
          onChange={(event) => setDraft({ ...draft, enabled: event.currentTarget.checked })}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('ui.cancel')}
          </Button>
          <Button type="submit" disabled={!ready} loading={save.isPending}>
            {t('notifications.save')}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
