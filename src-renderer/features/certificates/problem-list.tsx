import { UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconCircleX, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { CertificateProblem } from '../../../shared/contract/certificates.ts';
import { useMessage, useT } from '../../app/i18n.tsx';

const icons = { error: IconCircleX, warning: IconAlertTriangle, notice: IconInfoCircle } as const;
const severities = { error: 'critical', warning: 'warning', notice: 'notice' } as const;

/** How long the field that a problem comes from stays marked, milliseconds. */
const lit = 2_500;

/** Goes to the field that a problem comes from and marks it for a moment. */
function goTo(field: string): void {
  const place = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(field)}"]`);
  if (place === null) return;
  place.scrollIntoView({ block: 'center' });
  place.dataset['lit'] = 'true';
  setTimeout(() => delete place.dataset['lit'], lit);
}

/** What is wrong, in words; a click goes to the field it comes from. */
export function ProblemList({ problems }: { problems: readonly CertificateProblem[] }): ReactNode {
  const t = useT();
  const say = useMessage();
  if (problems.length === 0) return null;
  return (
    <ul className="bc-needs" aria-label={t('certificate.problems')}>
      {problems.map((problem, index) => {
        const Icon = icons[problem.severity];
        const severity = severities[problem.severity];
        return (
          <li key={index} className="bc-need" data-severity={severity}>
            <Icon size={18} stroke={1.8} role="img" aria-label={t(`severity.${severity}`)} />
            <div>{say(problem.message)}</div>
            {problem.field === 'file' ? null : (
              <UnstyledButton className="bc-proposal" fz="sm" onClick={() => goTo(problem.field)}>
                {t('certificate.showField')}
              </UnstyledButton>
            )}
          </li>
        );
      })}
    </ul>
  );
}
