import type { ContainerDifference } from '../../../shared/contract/containers.ts';
import type { Effect } from '../../../shared/contract/operations.ts';
import { message } from '../../../shared/message.ts';

/** What one container was made with against what the files say, a line each. */
export const differenceEffects = ({ name, fields }: ContainerDifference): Effect[] =>
  fields.map(({ field, planned, running }) => ({
    kind: 'touches',
    who: name,
    note:
      field === 'other'
        ? message('topology.difference.other')
        : message('topology.difference.field', {
            field: `topology.difference.${field}`,
            running: running === '' ? '–' : running.replaceAll('\n', ' '),
            planned: planned === '' ? '–' : planned.replaceAll('\n', ' '),
          }),
  }));
