import { describe, expect, it } from 'vitest';
import { onRaft, storageOf } from './storage-config.ts';

const text = `# by hand: storage "file" { path = "/no" }
ui = true
disable_mlock = true
storage "file" {
  path = "/openbao/file" # { here
}

/* listener "tcp" { address = "x" } */
listener "tcp" {
  address = "0.0.0.0:8200"
  tls_disable = 1
  telemetry { unauthenticated_metrics_access = true }
}
audit "file" "a" { options { file_path = "/openbao/audit/audit.log" } }
`;
const raft = {
  path: '/openbao/file/raft',
  nodeId: 'bootroot',
  apiUrl: 'http://127.0.0.1:8200',
  clusterUrl: 'https://127.0.0.1:8201',
};

describe('a server configuration', () => {
  it('is understood in both notations', () => {
    expect(storageOf(text)).toEqual({ type: 'file', path: '/openbao/file', listen: '0.0.0.0:8200' });
    expect(storageOf('storage = {\n "file" = { path = "/x" }\n}')).toEqual({ type: 'file', path: '/x' });
    expect(storageOf('backend "raft" { path = "/r" }')).toMatchObject({ type: 'raft', path: '/r' });
    expect(storageOf('ui = true')).toBeUndefined();
  });

  it('goes to Raft with everything else as it was written', () => {
    const after = onRaft(text, raft);
    expect(storageOf(after)).toEqual({ type: 'raft', path: raft.path, listen: '0.0.0.0:8200' });
    expect(after).not.toContain('disable_mlock');
    for (const line of text
      .split('\n')
      .filter((one) => !/disable_mlock|storage "file" \{$|path = "\/openbao\/file"/.test(one)))
      expect(after).toContain(line);
    expect(after).toContain('api_addr = "http://127.0.0.1:8200"\ncluster_addr = "https://127.0.0.1:8201"\n');
    // An address that stands there stays.
    expect(onRaft(`api_addr = "http://a:1"\n${text}`, raft)).not.toContain(raft.apiUrl);
    expect(onRaft(after, raft)).toBe(after);
  });
});
