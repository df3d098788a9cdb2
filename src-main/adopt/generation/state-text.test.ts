import { expect, it } from 'vitest';
import { isSuperset, stateGeneration } from '../../workspace/generation.ts';
import { editState, parseState } from '../../workspace/state.ts';
import { makeSuperset } from './state-text.ts';

const text = JSON.stringify(
  {
    openbao_url: 'http://localhost:8200',
    kv_mount: 'secret',
    site: { kept: [1, 2] },
    services: {
      edge: {
        service_name: 'edge',
        deploy_type: 'daemon',
        hostname: 'h',
        domain: 'd',
        agent_config_path: 'agent.toml',
        cert_path: 'c',
        key_path: 'k',
        colour: 'red',
        approle: { role_name: 'r', role_id: 'i', secret_id_path: 's', policy_name: 'p' },
      },
    },
  },
  null,
  2,
);

it('an older state becomes one that both generations load, and keeps what nobody knows', () => {
  const after = editState(text, 'state.json', makeSuperset);
  const state = parseState(after, 'state.json');
  expect(stateGeneration(state)).toBe('newer');
  expect(Object.values(state.services ?? {}).every(isSuperset)).toBe(true);
  expect(state).toMatchObject({
    site: { kept: [1, 2] },
    services: { edge: { colour: 'red', registration_id: 'edge' } },
  });
  // Only additions.
  for (const line of text.split('\n').map((one) => one.replace(/,$/, ''))) expect(after).toContain(line);
  expect(editState(after, 'state.json', makeSuperset)).toBe(after);
});
