import { Button } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useLocale, useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';

/** The hand-over on paper, for a host that no file can be carried to. The sheet stays on the console's host: it holds a secret. */
export function PrintForm({ id }: { id: string }): ReactNode {
  const t = useT();
  const locale = useLocale();
  const print = useMutationProcedure('hosts.print', []);
  return (
    <Disclosure label={t('hosts.print')}>
      <p className="bc-muted">{t('hosts.print.lead')}</p>
      <Button
        variant="default"
        leftSection={<IconPrinter size={15} />}
        loading={print.isPending}
        onClick={() => print.mutate({ id, locale })}
      >
        {t('hosts.print.write')}
      </Button>
      {print.error === null ? null : <ErrorPanel error={print.error.data} />}
      {print.data === undefined ? null : (
        <p role="status" className="bc-wrap">
          {t('hosts.print.written', print.data)}
        </p>
      )}
    </Disclosure>
  );
}
