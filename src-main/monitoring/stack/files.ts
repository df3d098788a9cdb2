import { createHash } from 'node:crypto';
import { alertRules } from '../rules.ts';
import { dashboard, datasourceUid } from './dashboard.ts';
import { deployedFile, renderDeployed, withGrafana, type Profile } from './deployed.ts';

export interface StackOptions {
  readonly profile: Profile;
  /** Of this installation, on every container, network and volume (failure mode C10). */
  readonly instance: string;
  /** The console's `/metrics` as containers reach it, `host:port`. */
  readonly exporter: string;
  /** Who owns the files: the containers read them as this user. */
  readonly uid: number;
  readonly gid: number;
  /** public: PEM files on this host, and a name that the certificate is for. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly name?: string };
  /** False: Prometheus alone, where there is no image of Grafana. */
  readonly grafana?: boolean;
  readonly grafanaPort: number;
  readonly prometheusPort: number;
}

/** Pinned: what runs is what was tried (failure mode C34). */
export const images = { prometheus: 'prom/prometheus:v3.5.0', grafana: 'grafana/grafana:12.1.1' } as const;

/** Who logs in to Prometheus, and where `.env` has the password. */
export const prometheusUser = 'bootroot';
export const prometheusPasswordName = 'PROMETHEUS_PASSWORD';
export const webConfigName = 'web.yml';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const hardened = `    restart: unless-stopped
    cap_drop: [ALL]
    security_opt: ['no-new-privileges:true']`;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

const labels = ({ instance }: StackOptions): string =>
  `    labels:\n      bootroot.instance: ${quoted(instance)}`;

/** Whether Prometheus asks for a login too, and speaks TLS alone. */
const guarded = ({ profile, tls }: StackOptions): boolean => profile === 'public' && tls !== undefined;

/** Outside of the mounted configuration, in which nothing else can be mounted. */
const prometheusTls = '/etc/prometheus-tls';

function composeFile(options: StackOptions): string {
  const { instance, uid, gid, prometheusPort, tls } = options;
  const guard = guarded(options) && tls !== undefined;
  const flag = guard ? `\n      - --web.config.file=/etc/prometheus/${webConfigName}` : '';
  const pair = guard
    ? `
      - ${quoted(`${tls.cert}:${prometheusTls}/cert.pem:ro`)}
      - ${quoted(`${tls.key}:${prometheusTls}/key.pem:ro`)}`
    : '';
  return `name: bootroot-monitoring-${instance}
services:
  prometheus:
    image: ${images.prometheus}
    user: '${uid}:${gid}'
${hardened}
    read_only: true
    command:
      - --config.file=/etc/prometheus/prometheus.yml
      - --storage.tsdb.path=/prometheus
      - --storage.tsdb.retention.time=30d${flag}
    extra_hosts: ['host.docker.internal:host-gateway']
    # Its own pages are for this host.
    ports: ['127.0.0.1:${prometheusPort}:9090']
    volumes:
      - ./prometheus:/etc/prometheus:ro
      - ./data/prometheus:/prometheus${pair}
${labels(options)}
      # Another configuration is another container.
      bootroot.configuration: ${quoted(digest(prometheusConfig(options) + alertRules))}
${withGrafana(options) ? grafanaService(options) : ''}`;
}

function grafanaService(options: StackOptions): string {
  const { profile, uid, gid, tls, grafanaPort } = options;
  const secure =
    profile === 'public'
      ? `
      GF_SERVER_PROTOCOL: https
      GF_SERVER_CERT_FILE: /etc/grafana/tls/cert.pem
      GF_SERVER_CERT_KEY: /etc/grafana/tls/key.pem
      GF_SECURITY_COOKIE_SECURE: 'true'
      GF_SECURITY_STRICT_TRANSPORT_SECURITY: 'true'`
      : '';
  const tlsFiles =
    tls === undefined
      ? ''
      : `
      - ${quoted(`${tls.cert}:/etc/grafana/tls/cert.pem:ro`)}
      - ${quoted(`${tls.key}:/etc/grafana/tls/key.pem:ro`)}`;
  return `  grafana:
    image: ${images.grafana}
    user: '${uid}:${gid}'
${hardened}
    environment:
      GF_SECURITY_ADMIN_PASSWORD__FILE: /run/secrets/grafana_admin_password
      GF_AUTH_ANONYMOUS_ENABLED: 'false'
      GF_USERS_ALLOW_SIGN_UP: 'false'
      GF_ANALYTICS_REPORTING_ENABLED: 'false'
      GF_ANALYTICS_CHECK_FOR_UPDATES: 'false'${secure}
    secrets: [${guarded(options) ? 'grafana_admin_password, prometheus_password' : 'grafana_admin_password'}]
    depends_on: [prometheus]
    ports: ['${grafanaPort}:3000']
    volumes:
      - ./grafana/provisioning:/etc/grafana/provisioning:ro
      - ./grafana/dashboards:/var/lib/bootroot-dashboards:ro
      - ./data/grafana:/var/lib/grafana${tlsFiles}
${labels(options)}
secrets:
  grafana_admin_password:
    environment: GRAFANA_ADMIN_PASSWORD
${guarded(options) ? `  prometheus_password:\n    environment: ${prometheusPasswordName}\n` : ''}`;
}

const prometheusConfig = ({ exporter }: StackOptions): string => `global:
  scrape_interval: 30s
  evaluation_interval: 30s
rule_files:
  - bootroot.rules.yml
alerting:
  alertmanagers:
    # Who sends what fires: [{ "targets": ["host:port"] }]; read again when it changes.
    - file_sd_configs:
        - files: [alertmanagers.json]
scrape_configs:
  - job_name: bootroot-console
    authorization:
      credentials_file: token
    static_configs:
      - targets: [${quoted(exporter)}]
  - job_name: bootroot-agents
    # One agent a line: [{ "targets": ["host:port"] }]; read again when it changes.
    file_sd_configs:
      - files: [agents.json]
`;

/** By the name of the certificate, which is not the container's; trusted is the very file that is served. */
const datasourceLogin = ({ tls }: StackOptions): string => `
    basicAuth: true
    basicAuthUser: ${prometheusUser}
    jsonData:
      tlsAuthWithCACert: true
      serverName: ${quoted(tls?.name ?? 'localhost')}
    secureJsonData:
      basicAuthPassword: $__file{/run/secrets/prometheus_password}
      tlsCACert: $__file{/etc/grafana/tls/cert.pem}`;

const datasource = (options: StackOptions): string => `apiVersion: 1
datasources:
  - name: Prometheus
    uid: ${datasourceUid}
    type: prometheus
    access: proxy
    url: ${guarded(options) ? 'https' : 'http'}://prometheus:9090
    isDefault: true
    editable: false${guarded(options) ? datasourceLogin(options) : ''}
`;

const provider = `apiVersion: 1
providers:
  - name: Bootroot
    type: file
    disableDeletion: true
    allowUiUpdates: false
    options:
      path: /var/lib/bootroot-dashboards
`;

/** Where the agents of other hosts are named for Prometheus. */
const agentList = 'prometheus/agents.json';

/** Where the Alertmanagers are named for Prometheus, if there are any. */
export const alertmanagerList = 'prometheus/alertmanagers.json';

const grafanaFiles = (options: StackOptions): [string, string][] => [
  ['grafana/provisioning/datasources/bootroot.yml', datasource(options)],
  ['grafana/provisioning/dashboards/bootroot.yml', provider],
  ['grafana/dashboards/bootroot.json', `${JSON.stringify(dashboard(), undefined, 2)}\n`],
];

/** Addresses as Prometheus reads them (file_sd_config). */
export const targetList = (targets: readonly string[]): string => `${JSON.stringify([{ targets }])}\n`;

/** The operator's own: written once and kept. */
export const operatorLists: ReadonlySet<string> = new Set([agentList, alertmanagerList]);

/** Prometheus's own listener: TLS, and one login. */
export const webConfig = (hash: string): string => `tls_server_config:
  cert_file: ${prometheusTls}/cert.pem
  key_file: ${prometheusTls}/key.pem
basic_auth_users:
  ${prometheusUser}: ${quoted(hash)}
`;

/** Every file of the stack by its path below `monitoring/`, but for the token and the login of Prometheus; none holds a secret. */
export const stackFiles = (options: StackOptions): ReadonlyMap<string, string> =>
  new Map([
    ['docker-compose.yml', composeFile(options)],
    ['prometheus/prometheus.yml', prometheusConfig(options)],
    ['prometheus/bootroot.rules.yml', alertRules],
    [agentList, '[]\n'],
    [alertmanagerList, '[]\n'],
    [deployedFile, renderDeployed(options)],
    ...(withGrafana(options) ? grafanaFiles(options) : []),
  ]);
