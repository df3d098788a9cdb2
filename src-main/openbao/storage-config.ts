import { hclString } from './hcl.ts';
import { hclText, scanHcl, type HclStatement } from './hcl-scan.ts';

/** What a server's configuration says of its storage and its address. */
export interface StorageConfig {
  /** `file`, `raft`, … */
  readonly type: string;
  /** As the server sees it. */
  readonly path?: string;
  /** `host:port` of the first listener. */
  readonly listen?: string;
}

const storageNames = ['storage', 'backend'];
const attribute = (statements: readonly HclStatement[], name: string): string | undefined =>
  hclText(statements.find((one) => one.name === name)?.inner);

/** Undefined when the text declares no storage. */
export function storageOf(text: string): StorageConfig | undefined {
  const statements = scanHcl(text);
  const storage = statements.find(({ name, kind }) => storageNames.includes(name) && kind === 'block');
  if (storage === undefined) return undefined;
  // `storage = { "file" = { … } }` is the same in another notation.
  const [nested] = storage.labels.length > 0 ? [] : scanHcl(storage.inner);
  const type = storage.labels[0] ?? nested?.name ?? '';
  const path = attribute(scanHcl(nested?.inner ?? storage.inner), 'path');
  const listener = statements.find(({ name, kind }) => name === 'listener' && kind === 'block');
  const listen = listener === undefined ? undefined : attribute(scanHcl(listener.inner), 'address');
  return { type, ...(path === undefined ? {} : { path }), ...(listen === undefined ? {} : { listen }) };
}

/** Settings of one Raft node. */
export interface RaftSettings {
  readonly path: string;
  readonly nodeId: string;
  /** URL that clients are told. */
  readonly apiUrl: string;
  /** URL for other members. */
  readonly clusterUrl: string;
}

/**
 * The same configuration on Raft storage, for OpenBao 2.7: the storage block is replaced, `disable_mlock` goes, and the two addresses
 * that Raft needs are put where they are missing. Everything else stays as it was written.
 */
export function onRaft(text: string, { path, nodeId, apiUrl, clusterUrl }: RaftSettings): string {
  const block = `storage "raft" {\n  path = ${hclString(path)}\n  node_id = ${hclString(nodeId)}\n  performance_multiplier = 1\n}`;
  const statements = scanHcl(text);
  const has = (wanted: string): boolean => statements.some(({ name }) => name === wanted);
  let result = text;
  for (const { name, start, end } of [...statements].reverse()) {
    const wanted = storageNames.includes(name) ? block : name === 'disable_mlock' ? '' : undefined;
    if (wanted === undefined) continue;
    const past = wanted === '' && result[end] === '\n' ? end + 1 : end;
    result = result.slice(0, start) + wanted + result.slice(past);
  }
  const added = [
    ...(has('api_addr') ? [] : [`api_addr = ${hclString(apiUrl)}`]),
    ...(has('cluster_addr') ? [] : [`cluster_addr = ${hclString(clusterUrl)}`]),
  ];
  if (added.length === 0) return result;
  return `${result.replace(/\n*$/, '\n')}\n${added.join('\n')}\n`;
}
