import { Button, Group, PasswordInput, Select, Skeleton, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { CertificateSource, Inspection } from '../../../shared/contract/certificates.ts';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { CertificateView } from './certificate-view.tsx';
import { CrlSection } from './crl-section.tsx';
import { PrivateKeySection } from './private-key-section.tsx';
import { ProblemList } from './problem-list.tsx';
import { RequestSection } from './request-section.tsx';
import { ViewerSourceProvider } from './viewer-source.tsx';

/** Any file with certificates, requests, lists of the revoked or keys in it, drawn for people. */
export function Viewer({ source }: { source: CertificateSource }): ReactNode {
  const t = useT();
  const [password, setPassword] = useState<string>();
  const [focus, setFocus] = useState<string>();
  const inspection = useProcedure(
    'certificates.inspect',
    {
      source,
      ...(password === undefined ? {} : { password }),
      ...(focus === undefined ? {} : { focus }),
    },
    { staleTime: 60_000, keep: true },
  );
  const { data, error } = inspection;
  if (data === undefined) {
    return (
      <div className="bc-stack">
        {error === null ? (
          <Skeleton height={180} animate={false} />
        ) : (
          <ErrorPanel error={error.data} onRetry={() => void inspection.refetch()} />
        )}
        {password === undefined ? null : <PasswordForm onGive={setPassword} />}
      </div>
    );
  }
  return (
    <ViewerSourceProvider value={{ source, password }}>
      <div className="bc-stack">
        {error === null ? null : <ErrorPanel error={error.data} />}
        {data.password === 'needed' ? <PasswordForm onGive={setPassword} /> : null}
        <FileHead inspection={data} focus={focus} onFocus={setFocus} />
        <ProblemList problems={data.problems} />
        <Focused inspection={data} focus={focus} />
        {data.requests.map((request) => (
          <RequestSection key={request.item} request={request} />
        ))}
        {data.crls.map((crl) => (
          <CrlSection key={crl.item} crl={crl} />
        ))}
        {data.privateKeys.map((key) => (
          <PrivateKeySection key={key.item} privateKey={key} />
        ))}
        {data.others.length === 0 ? null : (
          <Text size="sm" c="dimmed">
            {t('certificate.others', { labels: data.others.map(({ label }) => label).join(', ') })}
          </Text>
        )}
      </div>
    </ViewerSourceProvider>
  );
}

function Focused({ inspection, focus }: { inspection: Inspection; focus: string | undefined }): ReactNode {
  const shown =
    inspection.certificates.find(({ fingerprints }) => fingerprints.sha256 === focus) ??
    inspection.certificates[0];
  return shown === undefined ? null : <CertificateView key={shown.fingerprints.sha256} certificate={shown} />;
}

interface FileHeadProps {
  readonly inspection: Inspection;
  readonly focus: string | undefined;
  readonly onFocus: (sha256: string) => void;
}

function FileHead({ inspection, focus, onFocus }: FileHeadProps): ReactNode {
  const t = useT();
  const words = useWords();
  return (
    <Group gap="sm">
      <Text size="sm" fw={600}>
        {t(`certificate.container.${inspection.container}`)}
      </Text>
      <Text size="sm" c="dimmed">
        {words.bytes(inspection.bytes)} · {t('certificate.count', { count: inspection.total })}
      </Text>
      {inspection.entries.length < 2 ? null : (
        <Select
          size="xs"
          w={420}
          aria-label={t('certificate.choose')}
          allowDeselect={false}
          searchable={inspection.entries.length > 8}
          limit={100}
          value={focus ?? inspection.certificates[0]?.fingerprints.sha256 ?? null}
          data={inspection.entries.map(({ sha256, title, issuer, copies }) => ({
            value: sha256,
            label: `${title} ← ${issuer}${copies > 1 ? ` ×${words.number(copies)}` : ''}`,
          }))}
          onChange={(value) => {
            if (value !== null) onFocus(value);
          }}
        />
      )}
    </Group>
  );
}

function PasswordForm({ onGive }: { onGive: (password: string) => void }): ReactNode {
  const t = useT();
  const [typed, setTyped] = useState('');
  return (
    <form
      className="bc-section"
      onSubmit={(event) => {
        event.preventDefault();
        onGive(typed);
        setTyped('');
      }}
    >
      <Group align="flex-start">
        <PasswordInput
          w={340}
          label={t('certificate.password')}
          description={t('certificate.passwordHint')}
          autoComplete="off"
          maxLength={1000}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Button type="submit" size="sm" mt={22}>
          {t('certificate.openWithPassword')}
        </Button>
      </Group>
    </form>
  );
}
