import { Title, UnstyledButton } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';

export interface WizardStep {
  readonly id: string;
  readonly title: string;
  /** Whether one may go there now; the operation that runs cannot be left backwards. */
  readonly reachable: boolean;
}

interface WizardProps {
  readonly title: string;
  readonly steps: readonly WizardStep[];
  readonly current: string;
  readonly onGo: (id: string) => void;
  /** The question of this screen. */
  readonly heading: string;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
  /** Buttons: back, next. */
  readonly footer?: ReactNode;
}

/** Steps on the left with their state, one question a screen. */
export function Wizard({
  title,
  steps,
  current,
  onGo,
  heading,
  lead,
  children,
  footer,
}: WizardProps): ReactNode {
  const t = useT();
  const position = steps.findIndex(({ id }) => id === current);
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    head.current?.focus({ preventScroll: true });
    document.title = `${title} · Bootroot Console`;
  }, [current, title]);
  return (
    <div className="bc-wizard">
      <nav aria-label={title} className="bc-wizard-steps">
        <Title order={1} size="h2" mb="sm">
          {title}
        </Title>
        <ol>
          {steps.map((step, index) => (
            <li
              key={step.id}
              data-state={index < position ? 'done' : index === position ? 'current' : 'ahead'}
            >
              <UnstyledButton
                disabled={!step.reachable || index === position}
                aria-current={index === position ? 'step' : undefined}
                onClick={() => onGo(step.id)}
              >
                <span className="bc-wizard-mark" aria-hidden>
                  {index < position ? <IconCheck size={12} stroke={3} /> : index + 1}
                </span>
                <span>{step.title}</span>
                <span className="bc-hidden">
                  {t(
                    index < position ? 'ui.stepDone' : index === position ? 'ui.stepCurrent' : 'ui.stepAhead',
                  )}
                </span>
              </UnstyledButton>
            </li>
          ))}
        </ol>
      </nav>
      <div className="bc-wizard-body">
        <Title order={2} size="h1" ref={head} tabIndex={-1} className="bc-focus-quiet">
          {heading}
        </Title>
        {lead === undefined ? null : <div className="bc-lead">{lead}</div>}
        {children}
        {footer === undefined ? null : <div className="bc-wizard-footer">{footer}</div>}
      </div>
    </div>
  );
}
