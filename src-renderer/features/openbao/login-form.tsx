import { Button, Group, PasswordInput, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Segmented } from '../../ui/segmented.tsx';

type Method = 'console' | 'token' | 'approle';

/** A session with OpenBao: the console's own AppRole, a token, or another AppRole. Nothing typed here is kept by the page. */
export function LoginForm(): ReactNode {
  const t = useT();
  const [method, setMethod] = useState<Method>('console');
  const [token, setToken] = useState('');
  const [roleId, setRoleId] = useState('');
  const [secretId, setSecretId] = useState('');
  const login = useMutationProcedure('openbao.login', ['openbao.status']);
  const ready =
    method === 'console' || (method === 'token' ? token !== '' : roleId !== '' && secretId !== '');
  const submit = (): void => {
    if (method === 'console') login.mutate({ method });
    else if (method === 'token') login.mutate({ method, token });
    else login.mutate({ method, roleId, secretId });
    setToken('');
    setSecretId('');
  };
  return (
    <form
      className="bc-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) submit();
      }}
    >
      <div>
        <Segmented
          label={t('openbao.method')}
          value={method}
          onChange={setMethod}
          options={[
            { value: 'console', label: t('openbao.methodConsole') },
            { value: 'token', label: t('openbao.methodToken') },
            { value: 'approle', label: t('openbao.methodApprole') },
          ]}
        />
      </div>
      <p className="bc-muted">{t(`openbao.methodText.${method}`)}</p>
      {method === 'token' ? (
        <PasswordInput
          maw={460}
          label={t('openbao.token')}
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
      ) : null}
      {method === 'approle' ? (
        <Group align="flex-end">
          <TextInput
            w={300}
            label="role_id"
            autoComplete="off"
            spellCheck={false}
            value={roleId}
            onChange={(event) => setRoleId(event.currentTarget.value)}
          />
          <PasswordInput
            w={300}
            label="secret_id"
            autoComplete="off"
            value={secretId}
            onChange={(event) => setSecretId(event.currentTarget.value)}
          />
        </Group>
      ) : null}
      {login.error === null ? null : <ErrorPanel error={login.error.data} />}
      <div>
        <Button type="submit" size="sm" disabled={!ready} loading={login.isPending}>
          {t('openbao.login')}
        </Button>
      </div>
    </form>
  );
}
