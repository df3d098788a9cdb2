import { Agent, request } from 'node:http';

/** OpenBao by plain HTTP, without anything of the console: what its calls cost at least. */
export class BareOpenBao {
  readonly #url: URL;
  readonly #token: string;
  readonly #agent: Agent;

  constructor(url: string, token: string, width: number) {
    this.#url = new URL(url);
    this.#token = token;
    this.#agent = new Agent({ keepAlive: true, maxSockets: width });
  }

  /** @param token another token; '' for none */
  call(method: string, path: string, body?: object, token = this.#token): Promise<unknown> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          host: this.#url.hostname,
          port: this.#url.port,
          method,
          path: `/v1/${path}`,
          agent: this.#agent,
          headers: {
            ...(token === '' ? {} : { 'x-vault-token': token }),
            ...(text === undefined ? {} : { 'content-length': Buffer.byteLength(text) }),
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => {
            const said = Buffer.concat(chunks).toString();
            resolve(said === '' ? undefined : JSON.parse(said));
          });
          answer.on('error', reject);
        },
      );
      asked.on('error', reject);
      asked.end(text);
    });
  }

  async login(roleId: string, secretId: string): Promise<string | undefined> {
    const body = { role_id: roleId, secret_id: secretId };
    const answer = (await this.call('POST', 'auth/approle/login', body, '')) as {
      auth?: { client_token?: string } | null;
    };
    return answer.auth?.client_token;
  }

  close(): void {
    this.#agent.destroy();
  }
}
