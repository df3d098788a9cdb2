import { Button, Group, Modal, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Operation } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { SecretFields } from './secret-fields.tsx';
import { areComplete, valuesOf, type TypedSecrets } from './secrets.ts';

interface RecoveryDialogProps {
  readonly operation: Operation;
  /** What is to be done with it; undefined: closed. */
  readonly way: 'resume' | 'undo' | undefined;
  readonly onClose: () => void;
}

/** What resume or undo would do step by step, and the secrets it needs again. */
export function RecoveryDialog({ operation, way, onClose }: RecoveryDialogProps): ReactNode {
  const t = useT();
  return (
    <Modal
      opened={way !== undefined}
      onClose={onClose}
      size="lg"
      title={way === undefined ? '' : t(`operation.${way}Title`)}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      {way === undefined ? null : <Recovery operation={operation} way={way} onClose={onClose} />}
    </Modal>
  );
}

function Recovery({ operation, way, onClose }: RecoveryDialogProps & { way: 'resume' | 'undo' }): ReactNode {
  const t = useT();
  const say = useMessage();
  const [secrets, setSecrets] = useState<TypedSecrets>({});
  const resume = useMutationProcedure('operations.resume', ['operations.list', 'operations.show']);
  const undo = useMutationProcedure('operations.undo', ['operations.list', 'operations.show']);
  const run = way === 'resume' ? resume : undo;
  const inputs = operation.secretInputs.map((input) => ({ ...input, fresh: false }));
  // What a skipped step would have made was there before: it is neither made again nor taken back.
  const untouched = way === 'resume' ? ['done', 'skipped'] : ['waiting', 'undone', 'skipped'];
  const touched = operation.steps.filter(({ state }) => !untouched.includes(state));
  const steps = way === 'undo' ? [...touched].reverse() : touched;
  return (
    <>
      <Text mb="sm">{t(`operation.${way}Lead`)}</Text>
      <ol className="bc-plan-steps">
        {steps.map((step) => (
          <li key={step.id}>
            {say(step.title)}
            {way === 'undo' && !step.undoable ? <span className="bc-final">{t('plan.final')}</span> : null}
          </li>
        ))}
      </ol>
      <SecretFields inputs={inputs} typed={secrets} onChange={setSecrets} />
      {run.error === null ? null : <ErrorPanel error={run.error.data} />}
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" size="sm" data-autofocus onClick={onClose}>
          {t('ui.cancel')}
        </Button>
        <Button
          size="sm"
          color={way === 'undo' ? 'red' : 'accent'}
          loading={run.isPending}
          disabled={!areComplete(inputs, secrets)}
          onClick={() => run.mutate({ id: operation.id, secrets: valuesOf(secrets) }, { onSuccess: onClose })}
        >
          {t(`operation.${way}`)}
        </Button>
      </Group>
    </>
  );
}
