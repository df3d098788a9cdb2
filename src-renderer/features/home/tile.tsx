import { Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface TileProps {
  readonly title: string;
  readonly to: '/services' | '/certificates' | '/servers' | '/rotation';
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** One of the four tiles of Home; its title opens the page behind it. */
export function Tile({ title, to, aside, children }: TileProps): ReactNode {
  return (
    <section className="bc-tile">
      <Title order={2}>
        <Link to={to}>{title}</Link>
        {aside === undefined ? null : <span className="bc-count">{aside}</span>}
      </Title>
      {children}
    </section>
  );
}
