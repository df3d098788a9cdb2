import { describe, expect, it } from 'vitest';
import { agentHcl } from '../openbao/config.ts';
import { keepingSecretId, pinned } from './tools.ts';

const tools = `vault {
  address = "http://openbao:8200"
}

auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/r"
      secret_id_file_path = "/s"
    }
  }
  sink "file" {
    config = {
      path = "/t"
    }
  }
}
`;

describe('the agent.hcl of an OpenBao Agent', () => {
  it('is told once to keep the secret_id, in the method and not in the sink', () => {
    const after = keepingSecretId(tools);
    expect(after).toBe(
      tools.replace(
        '      role_id_file_path',
        '      remove_secret_id_file_after_reading = false\n      role_id_file_path',
      ),
    );
    expect(keepingSecretId(after)).toBe(after);
    expect(keepingSecretId(after.replace('= false', '= true'))).toBe(after);
  });

  it('stays as the console writes it, and as it is without a login', () => {
    const ours = agentHcl({ roleIdFile: '/r', secretIdFile: '/s', tokenFile: '/t', templates: [] });
    expect(keepingSecretId(ours)).toBe(ours);
    expect(keepingSecretId('vault {}\n')).toBe('vault {}\n');
  });
});

it('an image of OpenBao without a version is pinned to the one that runs, and no other line changes', () => {
  const text = `services:
  a:
    image: openbao/openbao:latest
  b:
    image: "docker.example/openbao/openbao"
  c:
    image: openbao/openbao:2.5.5
  d:
    image: grafana/grafana:latest
`;
  const after = pinned(text, '2.6.2');
  expect(after).toBe(
    text.replace('openbao:latest', 'openbao:2.6.2').replace('openbao/openbao"', 'openbao/openbao:2.6.2"'),
  );
  expect(pinned(after, '2.7.2')).toBe(after);
});
