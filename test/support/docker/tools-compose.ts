/** Names of images as the tools have them; what runs in the containers is no server, for nobody asks it anything. */
export const toolsImages = {
  openbao: 'openbao/openbao:latest',
  postgres: 'postgres:16.4',
  stepCa: 'step-ca:dev',
  responder: 'bootroot-http01-responder:latest',
};

export interface ToolsPorts {
  readonly openbao: number;
  readonly stepca: number;
  readonly postgres: number;
}

/** As the older tools write it: names of containers, OpenBao on loopback, everything `restart: always`. */
export const toolsCompose = ({ openbao, stepca, postgres }: ToolsPorts): string => `services:
  openbao:
    image: ${toolsImages.openbao}
    container_name: bootroot-openbao
    restart: always
    command: ["server", "-config=/openbao/config/openbao.hcl"]
    ports:
      - "127.0.0.1:${String(openbao)}:8200"
    cap_add:
      - IPC_LOCK
    volumes:
      - openbao-data:/openbao/file
  postgres:
    image: ${toolsImages.postgres}
    container_name: bootroot-postgres
    restart: always
    environment:
      POSTGRES_USER: \${POSTGRES_USER}
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD}
    ports:
      - "127.0.0.1:${String(postgres)}:5432"
    volumes:
      - postgres-data:/var/lib/postgresql/data
  step-ca:
    image: ${toolsImages.stepCa}
    container_name: bootroot-ca
    restart: always
    command: ["/home/step/config/ca.json", "--password-file", "/home/step/password.txt"]
    ports:
      - "127.0.0.1:${String(stepca)}:9000"
    volumes:
      - ./secrets:/home/step
    depends_on:
      - postgres
  bootroot-http01:
    image: ${toolsImages.responder}
    container_name: bootroot-http01
    restart: always
    networks:
      default:
        aliases:
          - 001.web.node-01.trusted.domain
volumes:
  openbao-data:
  postgres-data:
`;

/** Its override, with the OpenBao Agents. */
export const toolsAgents = (root: string): string => `services:
${['stepca', 'responder']
  .map(
    (name) => `  openbao-agent-${name}:
    image: ${toolsImages.openbao}
    container_name: bootroot-openbao-agent-${name}
    restart: always
    command: ["agent", "-config=/openbao/secrets/openbao/${name}/agent.hcl"]
    depends_on:
      - openbao
    environment:
      - VAULT_ADDR=http://openbao:8200
    volumes:
      - ${root}/secrets:/openbao/secrets
`,
  )
  .join('')}`;

/** An entry of state.json for a service that runs in a container. */
export const toolsService = (name: string, container: string): object => ({
  service_name: name,
  deploy_type: 'docker',
  container_name: container,
  delivery_mode: 'local-file',
  hostname: 'node-01',
  domain: 'trusted.domain',
  agent_config_path: `agent-${name}.toml`,
  cert_path: `certs/${name}.crt`,
  key_path: `certs/${name}.key`,
  instance_id: '001',
  approle: {
    role_name: `bootroot-service-${name}`,
    role_id: 'a-role',
    secret_id_path: `secrets/services/${name}/secret_id`,
    policy_name: `bootroot-service-${name}`,
  },
});
