import { createHashHistory, createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { AuditPage } from '../features/audit/audit-page.tsx';
import { CertificatePage } from '../features/certificates/certificate-page.tsx';
import { CertificatesPage } from '../features/certificates/certificates-page.tsx';
import { FirstRunPage } from '../features/first-run/first-run-page.tsx';
import { OpenDirectoryPage } from '../features/first-run/open-directory-page.tsx';
import { HomeOrFirstRun } from '../features/first-run/home-or-first-run.tsx';
import { AddHostPage } from '../features/hosts/add-host-page.tsx';
import { HostPage } from '../features/hosts/host-page.tsx';
import { HostsPage } from '../features/hosts/hosts-page.tsx';
import { MonitoringPage } from '../features/monitoring/monitoring-page.tsx';
import { OperationPage } from '../features/operations/operation-page.tsx';
import { OperationsPage } from '../features/operations/operations-page.tsx';
import { CaKeyPage } from '../features/rotation/ca-key/ca-key-page.tsx';
import { RecoveryPage } from '../features/rotation/recovery/recovery-page.tsx';
import { RotationPage } from '../features/rotation/rotation-page.tsx';
import { AddSchedulePage, EditSchedulePage } from '../features/schedules/edit-schedule-page.tsx';
import { SchedulesPage } from '../features/schedules/schedules-page.tsx';
import { ServersPage } from '../features/servers/servers-page.tsx';
import { AddServicePage } from '../features/services/add-service-page.tsx';
import { ServicePage } from '../features/services/service-page.tsx';
import { ServicesPage } from '../features/services/services-page.tsx';
import { CeremonyPage } from '../features/openbao/ceremony-page.tsx';
import { OpenBaoPage } from '../features/openbao/openbao-page.tsx';
import { ProductionPage } from '../features/openbao/production-page.tsx';
import { SettingsPage } from '../features/settings/settings-page.tsx';
import { ExternalWizard } from '../features/setup/external-wizard.tsx';
import { LocalWizard } from '../features/setup/local-wizard.tsx';
import { NotFound } from './not-found.tsx';
import { PageFailed } from './page-failed.tsx';
import { Root } from './root.tsx';

const root = createRootRoute({ component: Root });
const under = { getParentRoute: () => root } as const;

const routes = root.addChildren([
  createRoute({ ...under, path: '/', component: HomeOrFirstRun }),
  createRoute({ ...under, path: '/start', component: FirstRunPage }),
  createRoute({ ...under, path: '/start/local', component: LocalWizard }),
  createRoute({ ...under, path: '/start/open', component: OpenDirectoryPage }),
  createRoute({ ...under, path: '/start/external', component: ExternalWizard }),
  createRoute({ ...under, path: '/services', component: ServicesPage }),
  createRoute({ ...under, path: '/services/new', component: AddServicePage }),
  createRoute({ ...under, path: '/services/$id', component: ServicePage }),
  createRoute({ ...under, path: '/certificates', component: CertificatesPage }),
  createRoute({ ...under, path: '/certificates/$id', component: CertificatePage }),
  createRoute({ ...under, path: '/hosts', component: HostsPage }),
  createRoute({ ...under, path: '/hosts/new', component: AddHostPage }),
  createRoute({ ...under, path: '/hosts/$id', component: HostPage }),
  createRoute({ ...under, path: '/operations', component: OperationsPage }),
  createRoute({ ...under, path: '/operations/$id', component: OperationPage }),
  createRoute({ ...under, path: '/rotation', component: RotationPage }),
  createRoute({ ...under, path: '/rotation/timeline', component: RotationPage }),
  createRoute({ ...under, path: '/rotation/history', component: RotationPage }),
  createRoute({ ...under, path: '/rotation/ca-key', component: CaKeyPage }),
  createRoute({ ...under, path: '/rotation/openbao-recovery', component: RecoveryPage }),
  createRoute({ ...under, path: '/schedules', component: SchedulesPage }),
  createRoute({ ...under, path: '/schedules/preview', component: SchedulesPage }),
  createRoute({ ...under, path: '/schedules/runner', component: SchedulesPage }),
  createRoute({ ...under, path: '/schedules/new', component: AddSchedulePage }),
  createRoute({ ...under, path: '/schedules/edit/$id', component: EditSchedulePage }),
  createRoute({ ...under, path: '/servers', component: ServersPage }),
  createRoute({ ...under, path: '/monitoring', component: MonitoringPage }),
  createRoute({ ...under, path: '/monitoring/charts', component: MonitoringPage }),
  createRoute({ ...under, path: '/monitoring/notifications', component: MonitoringPage }),
  createRoute({ ...under, path: '/monitoring/drift', component: MonitoringPage }),
  createRoute({ ...under, path: '/audit', component: AuditPage }),
  createRoute({ ...under, path: '/settings', component: SettingsPage }),
  createRoute({ ...under, path: '/openbao', component: OpenBaoPage }),
  createRoute({ ...under, path: '/openbao/ceremony', component: CeremonyPage }),
  createRoute({ ...under, path: '/openbao/production', component: ProductionPage }),
]);

/** Pages live behind `#`, so that the same build works from `app://` and from any path of the web host. */
export const router = createRouter({
  routeTree: routes,
  history: createHashHistory(),
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: PageFailed,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
