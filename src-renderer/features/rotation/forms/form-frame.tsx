import { Button, Group } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { useT } from '../../../app/i18n.tsx';
import { useSession } from '../../../app/session.tsx';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { rotationCommand } from '../command.ts';
import type { TargetFormProps } from './target-form.ts';

interface FormFrameProps extends TargetFormProps {
  /** Undefined: something is still to be chosen. */
  readonly input: unknown;
  /** The same choice on the command line, after the target. */
  readonly words: readonly string[];
  readonly children: ReactNode;
}

/** The choices of a rotation; below them how to say the same as a command, how to leave, and the way to the plan. */
export function FormFrame({ item, input, words, onPlan, onCancel, children }: FormFrameProps): ReactNode {
  const t = useT();
  const { workspace } = useSession();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (input !== undefined) onPlan(input);
  };
  return (
    <form className="bc-stack" onSubmit={submit}>
      {children}
      <Group justify="space-between" gap="xs" mt="sm">
        <CopyButton
          value={rotationCommand(workspace?.path, item.target, words)}
          label={t('ui.copyCommand')}
        />
        <Group gap="xs">
          <Button variant="default" size="sm" data-autofocus onClick={onCancel}>
            {t('ui.cancel')}
          </Button>
          <Button type="submit" size="sm" disabled={input === undefined}>
            {t('ui.seePlan')}
          </Button>
        </Group>
      </Group>
    </form>
  );
}
