import { ActionIcon, Tooltip } from '@mantine/core';
import {
  IconActivityHeartbeat,
  IconCalendarClock,
  IconCertificate,
  IconHistory,
  IconHome,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconListCheck,
  IconRotate,
  IconServer2,
  IconServerBolt,
  IconSettings,
  IconStack2,
  type Icon,
} from '@tabler/icons-react';
import { Link, useLocation } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { InstallationSwitcher } from '../features/workspaces/installation-switcher.tsx';
import { useT } from './i18n.tsx';
import { pages, type PageId } from './keyboard.ts';

const icons: Record<PageId, Icon> = {
  home: IconHome,
  services: IconStack2,
  certificates: IconCertificate,
  rotation: IconRotate,
  schedules: IconCalendarClock,
  hosts: IconServerBolt,
  operations: IconListCheck,
  monitoring: IconActivityHeartbeat,
  servers: IconServer2,
  audit: IconHistory,
  settings: IconSettings,
};

/** OpenBao's pages are no place of the rail; it is one of the servers. */
const holds = (id: PageId, pathname: string): boolean =>
  id === 'servers' && /^\/openbao(?:\/|$)/.test(pathname);

interface RailProps {
  readonly collapsed: boolean;
  readonly onCollapse: (collapsed: boolean) => void;
}

/** The pages, icons with words; collapsed, icons alone with the word on hover. */
export function Rail({ collapsed, onCollapse }: RailProps): ReactNode {
  const t = useT();
  const { pathname } = useLocation();
  const Fold = collapsed ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  return (
    <div className="bc-rail" data-collapsed={collapsed}>
      <InstallationSwitcher compact={collapsed} />
      <nav aria-label={t('nav.pages')}>
        {pages.map(({ id, to }) => {
          const Icon = icons[id];
          return (
            <Tooltip key={id} label={t(`nav.${id}`)} position="right" disabled={!collapsed}>
              <Link
                to={to}
                activeOptions={{ exact: to === '/' }}
                className="bc-rail-link"
                aria-label={t(`nav.${id}`)}
                {...(holds(id, pathname) ? { 'data-status': 'active', 'aria-current': 'page' } : {})}
              >
                <Icon size={18} stroke={1.7} aria-hidden />
                {collapsed ? null : <span>{t(`nav.${id}`)}</span>}
              </Link>
            </Tooltip>
          );
        })}
      </nav>
      <ActionIcon
        className="bc-rail-fold"
        aria-label={t(collapsed ? 'nav.expand' : 'nav.collapse')}
        onClick={() => onCollapse(!collapsed)}
      >
        <Fold size={18} stroke={1.7} />
      </ActionIcon>
    </div>
  );
}
