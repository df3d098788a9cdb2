import type { ReactNode } from 'react';
import type { DirectoryReport as Report } from '../../../shared/contract/workspace.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { Facts } from '../../ui/facts.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';

/** What a directory holds. */
export function DirectoryReport({ report }: { report: Report }): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  return (
    <>
      <Facts
        facts={[
          { label: t('open.folder'), value: <code>{report.path}</code> },
          { label: t('open.holds'), value: t(`open.kind.${report.installation}`) },
          { label: t('nav.services'), value: words.number(report.services) },
          { label: t('open.writable'), value: t(report.writable ? 'ui.yes' : 'ui.no') },
        ]}
      />
      {report.problems.length === 0 ? null : (
        <ul className="bc-lines">
          {report.problems.map((problem, index) => (
            <li key={index}>
              <span>{say(problem)}</span>
              <StatusBadge status="due" label={t('ui.warning')} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
