import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent as lazy,
} from '@tanstack/react-router';
import { FirstRunPage } from '../features/first-run/first-run-page.tsx';
import { HomeOrFirstRun } from '../features/first-run/home-or-first-run.tsx';
import { NotFound } from './not-found.tsx';
import { PageFailed } from './page-failed.tsx';
import { Root } from './root.tsx';

const root = createRootRoute({ component: Root });
const under = { getParentRoute: () => root } as const;

const routes = root.addChildren([
  createRoute({ ...under, path: '/', component: HomeOrFirstRun }),
  createRoute({ ...under, path: '/start', component: FirstRunPage }),
  createRoute({
    ...under,
    path: '/start/local',
    component: lazy(() => import('../features/setup/local-wizard.tsx'), 'LocalWizard'),
  }),
  createRoute({
    ...under,
    path: '/start/open',
    component: lazy(() => import('../features/first-run/open-directory-page.tsx'), 'OpenDirectoryPage'),
  }),
  createRoute({
    ...under,
    path: '/start/external',
    component: lazy(() => import('../features/setup/external-wizard.tsx'), 'ExternalWizard'),
  }),
  createRoute({
    ...under,
    path: '/services',
    component: lazy(() => import('../features/services/services-page.tsx'), 'ServicesPage'),
  }),
  createRoute({
    ...under,
    path: '/services/new',
    component: lazy(() => import('../features/services/add-service-page.tsx'), 'AddServicePage'),
  }),
  createRoute({
    ...under,
    path: '/services/$id',
    component: lazy(() => import('../features/services/service-page.tsx'), 'ServicePage'),
  }),
  createRoute({
    ...under,
    path: '/certificates',
    component: lazy(() => import('../features/certificates/certificates-page.tsx'), 'CertificatesPage'),
  }),
  createRoute({
    ...under,
    path: '/certificates/issued',
    component: lazy(() => import('../features/health/issued-page.tsx'), 'IssuedPage'),
  }),
  createRoute({
    ...under,
    path: '/certificates/$id',
    component: lazy(() => import('../features/certificates/certificate-page.tsx'), 'CertificatePage'),
  }),
  createRoute({
    ...under,
    path: '/hosts',
    component: lazy(() => import('../features/hosts/hosts-page.tsx'), 'HostsPage'),
  }),
  createRoute({
    ...under,
    path: '/hosts/new',
    component: lazy(() => import('../features/hosts/add-host-page.tsx'), 'AddHostPage'),
  }),
  createRoute({
    ...under,
    path: '/hosts/$id',
    component: lazy(() => import('../features/hosts/host-page.tsx'), 'HostPage'),
  }),
  createRoute({
    ...under,
    path: '/operations',
    component: lazy(() => import('../features/operations/operations-page.tsx'), 'OperationsPage'),
  }),
  createRoute({
    ...under,
    path: '/operations/$id',
    component: lazy(() => import('../features/operations/operation-page.tsx'), 'OperationPage'),
  }),
  createRoute({
    ...under,
    path: '/rotation',
    component: lazy(() => import('../features/rotation/rotation-page.tsx'), 'RotationPage'),
  }),
  createRoute({
    ...under,
    path: '/rotation/timeline',
    component: lazy(() => import('../features/rotation/rotation-page.tsx'), 'RotationPage'),
  }),
  createRoute({
    ...under,
    path: '/rotation/history',
    component: lazy(() => import('../features/rotation/rotation-page.tsx'), 'RotationPage'),
  }),
  createRoute({
    ...under,
    path: '/rotation/ca-key',
    component: lazy(() => import('../features/rotation/ca-key/ca-key-page.tsx'), 'CaKeyPage'),
  }),
  createRoute({
    ...under,
    path: '/rotation/openbao-recovery',
    component: lazy(() => import('../features/rotation/recovery/recovery-page.tsx'), 'RecoveryPage'),
  }),
  createRoute({
    ...under,
    path: '/schedules',
    component: lazy(() => import('../features/schedules/schedules-page.tsx'), 'SchedulesPage'),
  }),
  createRoute({
    ...under,
    path: '/schedules/preview',
    component: lazy(() => import('../features/schedules/schedules-page.tsx'), 'SchedulesPage'),
  }),
  createRoute({
    ...under,
    path: '/schedules/runner',
    component: lazy(() => import('../features/schedules/schedules-page.tsx'), 'SchedulesPage'),
  }),
  createRoute({
    ...under,
    path: '/schedules/new',
    component: lazy(() => import('../features/schedules/edit-schedule-page.tsx'), 'AddSchedulePage'),
  }),
  createRoute({
    ...under,
    path: '/schedules/edit/$id',
    component: lazy(() => import('../features/schedules/edit-schedule-page.tsx'), 'EditSchedulePage'),
  }),
  createRoute({
    ...under,
    path: '/servers',
    component: lazy(() => import('../features/servers/servers-page.tsx'), 'ServersPage'),
  }),
  createRoute({
    ...under,
    path: '/versions',
    component: lazy(() => import('../features/versions/versions-page.tsx'), 'VersionsPage'),
  }),
  createRoute({
    ...under,
    path: '/monitoring',
    component: lazy(() => import('../features/monitoring/monitoring-page.tsx'), 'MonitoringPage'),
  }),
  createRoute({
    ...under,
    path: '/monitoring/charts',
    component: lazy(() => import('../features/monitoring/monitoring-page.tsx'), 'MonitoringPage'),
  }),
  createRoute({
    ...under,
    path: '/monitoring/notifications',
    component: lazy(() => import('../features/monitoring/monitoring-page.tsx'), 'MonitoringPage'),
  }),
  createRoute({
    ...under,
    path: '/monitoring/drift',
    component: lazy(() => import('../features/monitoring/monitoring-page.tsx'), 'MonitoringPage'),
  }),
  createRoute({
    ...under,
    path: '/adopt',
    component: lazy(() => import('../features/adopt/adopt-page.tsx'), 'AdoptPage'),
  }),
  createRoute({
    ...under,
    path: '/audit',
    component: lazy(() => import('../features/audit/audit-page.tsx'), 'AuditPage'),
  }),
  createRoute({
    ...under,
    path: '/settings',
    component: lazy(() => import('../features/settings/settings-page.tsx'), 'SettingsPage'),
  }),
  createRoute({
    ...under,
    path: '/openbao',
    component: lazy(() => import('../features/openbao/openbao-page.tsx'), 'OpenBaoPage'),
  }),
  createRoute({
    ...under,
    path: '/openbao/ceremony',
    component: lazy(() => import('../features/openbao/ceremony-page.tsx'), 'CeremonyPage'),
  }),
  createRoute({
    ...under,
    path: '/openbao/production',
    component: lazy(() => import('../features/openbao/production-page.tsx'), 'ProductionPage'),
  }),
]);

/** Pages live behind `#`, so that the same build works from `app://` and from any path of the web host. */
export const router = createRouter({
  routeTree: routes,
  history: createHashHistory(),
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: PageFailed,
});

/** Gets the pieces of all pages that were not opened yet. One that does not come is asked for again when its page is opened. */
export function loadPages(): void {
  for (const route of Object.values(router.routesById)) router.loadRouteChunk(route)?.catch(() => undefined);
}

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
