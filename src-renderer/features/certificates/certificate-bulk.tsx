import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { CertificateListItem } from '../../../shared/contract/certificates.ts';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import { useClient } from '../../app/client-context.tsx';
import { useT } from '../../app/i18n.tsx';
import { csvOf } from '../../format/csv.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import type { Selection } from '../../ui/use-selection.ts';

/** Most certificates whose PEM is fetched at once. */
const mostPems = 100;

interface CertificateBulkProps {
  readonly selection: Selection<CertificateListItem>;
  readonly matching: number;
}

const table = (rows: readonly CertificateListItem[]): string =>
  csvOf([
    ['title', 'kind', 'state', 'not_before', 'not_after', 'issuer', 'serial', 'sha256', 'service', 'path'],
    ...rows.map((row) => [
      row.title,
      row.kind,
      row.state,
      new Date(row.notBefore).toISOString(),
      new Date(row.notAfter).toISOString(),
      row.issuer,
      row.serial,
      row.sha256,
      row.service?.id ?? '',
      row.path,
    ]),
  ]);

/** What can be taken along of the selected certificates: nothing here changes anything. */
export function CertificateBulk({ selection, matching }: CertificateBulkProps): ReactNode {
  const t = useT();
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ConsoleError>();
  const clipboard = useClipboard({ timeout: 1500 });
  const rows = [...selection.rows.values()];
  const copyPems = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const pems: string[] = [];
      for (const { path, sha256 } of rows) {
        const { certificates } = await client.call('certificates.inspect', {
          source: { path },
          focus: sha256,
        });
        pems.push(
          ...certificates
            .filter(({ fingerprints }) => fingerprints.sha256 === sha256)
            .map(({ pem }) => `${pem.trim()}\n`),
        );
      }
      clipboard.copy(pems.join(''));
    } catch (problem) {
      setError(isConsoleError(problem) ? problem : new ConsoleError('internal'));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <BulkBar count={rows.length} matching={matching} onClear={selection.clear}>
        <CopyButton value={table(rows)} label={t('certificate.copyRows')} />
        <CopyButton
          value={rows.map(({ sha256 }) => sha256).join('\n')}
          label={t('certificate.copyFingerprints')}
        />
        <Button
          variant="default"
          leftSection={clipboard.copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          loading={busy}
          disabled={rows.length > mostPems}
          onClick={() => void copyPems()}
        >
          {clipboard.copied ? t('ui.copied') : t('certificate.copyPems')}
        </Button>
      </BulkBar>
      {error === undefined ? null : <ErrorPanel error={error.data} onRetry={() => void copyPems()} />}
    </>
  );
}
