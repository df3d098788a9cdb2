import { Checkbox, Stack } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useT } from '../../../app/i18n.tsx';
import { serviceWords } from '../command.ts';
import { badFields, bindingInput, bindingWords, unbound } from './binding.ts';
import { BindingFields } from './binding-fields.tsx';
import { FormFrame } from './form-frame.tsx';
import { ServiceChoice, type ServiceSelection } from './service-choice.tsx';
import type { TargetFormProps } from './target-form.ts';

const agents = ['stepca', 'responder'] as const;

/** New secret_ids: for which services, whether the infra agents get new ones too, and how they are bound. */
export function ApproleForm(props: TargetFormProps): ReactNode {
  const t = useT();
  const [ids, setIds] = useState<ServiceSelection>('all');
  const [infra, setInfra] = useState<readonly string[]>([]);
  const [binding, setBinding] = useState(unbound);
  const nothing = ids !== 'all' && ids.length === 0 && infra.length === 0;
  return (
    <FormFrame
      {...props}
      input={nothing || badFields(binding).length > 0 ? undefined : { ids, infra, ...bindingInput(binding) }}
      words={[
        ...serviceWords(ids),
        ...infra.flatMap((agent) => ['--infra', agent]),
        ...bindingWords(binding),
      ]}
    >
      <ServiceChoice value={ids} onChange={setIds} noneLabel={t('rotation.form.noService')} />
      <Checkbox.Group
        label={t('rotation.form.infra')}
        description={t('rotation.form.infraHint')}
        value={[...infra]}
        onChange={setInfra}
      >
        <Stack gap={6} mt={6}>
          {agents.map((agent) => (
            <Checkbox key={agent} value={agent} label={t(`rotation.form.agent.${agent}`)} />
          ))}
        </Stack>
      </Checkbox.Group>
      <BindingFields value={binding} onChange={setBinding} />
    </FormFrame>
  );
}
