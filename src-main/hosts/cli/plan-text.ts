import type { Effect, Plan } from '../../../shared/contract/operations.ts';
import type { Printer } from './printer.ts';

const indent = (text: string, by: string): string[] =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${by}${line}`);

function effectLines(effect: Effect, printer: Printer): string[] {
  const action = (name: string): string => printer.say(`cli.action.${name}` as 'cli.action.create');
  switch (effect.kind) {
    case 'file': {
      const mode = effect.mode === undefined ? '' : ` (${effect.mode})`;
      const head = `${action(effect.action)} ${effect.path}${mode}`;
      return [head, ...(effect.diff === undefined ? [] : indent(effect.diff, '    '))];
    }
    case 'openbao': {
      const head = `${action(effect.action)} OpenBao ${effect.what} ${effect.path}`;
      return [head, ...(effect.detail === undefined ? [] : indent(effect.detail, '    '))];
    }
    case 'database':
      return [`${action(effect.action)} ${printer.say('cli.effect.database')} ${effect.name}`];
    case 'process': {
      const note = effect.note === undefined ? '' : `: ${printer.text(effect.note)}`;
      return [`${action(effect.action)} ${effect.name}${note}`];
    }
    case 'download':
      return [`${printer.say('cli.effect.download')} ${effect.name} ${effect.version} (${effect.how})`];
    case 'certificate':
      return [
        `${printer.say('cli.effect.certificate')} ${effect.subject}${effect.names.length === 0 ? '' : ` (${effect.names.join(', ')})`}`,
      ];
    case 'touches':
      return [`${effect.who}: ${printer.text(effect.note)}`];
  }
}

/** The plan as an operator reads it before saying yes: the whole, the preconditions, each step with its effects. */
export function planLines(plan: Plan, printer: Printer): string[] {
  const preconditions = plan.preconditions.map(({ met, title, detail }) => {
    const why = detail === undefined ? '' : `: ${printer.text(detail)}`;
    return `  ${met ? '✓' : '✗'} ${printer.text(title)}${why}`;
  });
  const steps = plan.steps.flatMap((step, index) => [
    `${index + 1}. ${printer.text(step.title)}${step.undoable ? '' : ` [${printer.say('cli.plan.final')}]`}`,
    ...step.effects.flatMap((effect) => effectLines(effect, printer)).map((line) => `   ${line}`),
  ]);
  return [printer.text(plan.title), printer.text(plan.summary), ...preconditions, ...steps];
}
