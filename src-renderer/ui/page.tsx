import { Group, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';

interface PageProps {
  readonly title: string;
  /** Shown behind the title, for example a count. */
  readonly count?: string | undefined;
  /** Pages above this one. */
  readonly above?: readonly { readonly label: string; readonly to: string }[];
  readonly verdict?: ReactNode;
  readonly actions?: ReactNode;
  /** Lists use the height of the window, other pages grow. */
  readonly fill?: boolean;
  readonly children: ReactNode;
}

/** Heading, breadcrumbs, verdict and actions as on every page. */
export function Page({
  title,
  count,
  above = [],
  verdict,
  actions,
  fill = false,
  children,
}: PageProps): ReactNode {
  const t = useT();
  useEffect(() => {
    document.title = `${title} · Bootroot Console`;
  }, [title]);
  return (
    <div className="bc-page" data-fill={fill}>
      <header className="bc-page-head">
        <div className="bc-page-title">
          {above.length === 0 ? null : (
            <nav className="bc-crumbs" aria-label={t('ui.breadcrumb')}>
              {above.map(({ label, to }) => (
                <Link key={to} to={to}>
                  {label}
                </Link>
              ))}
            </nav>
          )}
          <Title order={1}>
            {title}
            {count === undefined ? null : <span className="bc-count">{count}</span>}
          </Title>
          {verdict === undefined ? null : <div className="bc-verdict">{verdict}</div>}
        </div>
        <Group gap="xs">{actions}</Group>
      </header>
      {children}
    </div>
  );
}
