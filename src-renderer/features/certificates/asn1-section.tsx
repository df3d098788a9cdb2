import { Button, Group, UnstyledButton } from '@mantine/core';
import { useMemo, useState, type ReactNode } from 'react';
import type { Asn1Node } from '../../../shared/contract/certificates.ts';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { fromBase64, hexByte, hexLines, printable } from './hex-dump.ts';
import { useViewerSource } from './viewer-source.tsx';

/** The structure of one item with its bytes beside it; a click on an element marks its bytes. */
export function Asn1Section({ item }: { item: number }): ReactNode {
  const t = useT();
  const { source, password } = useViewerSource();
  const [from, setFrom] = useState(0);
  const [chosen, setChosen] = useState<Asn1Node>();
  const view = useProcedure(
    'certificates.asn1',
    { source, item, from, ...(password === undefined ? {} : { password }) },
    { staleTime: Infinity, keep: true },
  );
  const { data } = view;
  return (
    <FiveFaces
      count={data?.nodes.length}
      error={view.error}
      onRetry={() => void view.refetch()}
      empty={<p className="bc-muted">{t('certificate.noStructure')}</p>}
    >
      {data === undefined ? null : (
        <>
          <div className="bc-asn1">
            <div>
              {data.nodes.map((node) => (
                <UnstyledButton
                  key={`${node.offset} ${node.depth}`}
                  aria-pressed={chosen?.offset === node.offset && chosen.depth === node.depth}
                  onClick={() => setChosen(node)}
                >
                  <span className="bc-muted">{String(node.offset).padStart(5)} </span>
                  {'  '.repeat(node.depth)}
                  {node.tag} <span className="bc-muted">{node.length}</span> {node.name ?? ''}{' '}
                  {node.constructed ? '' : node.preview.slice(0, 90)}
                </UnstyledButton>
              ))}
            </div>
            <Hex base64={data.hexBase64} from={data.hexFrom} node={chosen} />
          </div>
          <Group gap="xs" mt="xs">
            {from > 0 ? (
              <Button variant="default" onClick={() => setFrom(0)}>
                {t('certificate.fromStart')}
              </Button>
            ) : null}
            {data.next === undefined ? null : (
              <Button variant="default" onClick={() => setFrom(data.next ?? 0)}>
                {t('certificate.goOn')}
              </Button>
            )}
          </Group>
        </>
      )}
    </FiveFaces>
  );
}

/** Lines drawn at a time; the rest of a large window stays undrawn. */
const drawn = 512;

function Hex({
  base64,
  from,
  node,
}: {
  base64: string;
  from: number;
  node: Asn1Node | undefined;
}): ReactNode {
  const lines = useMemo(() => hexLines(fromBase64(base64), from).slice(0, drawn), [base64, from]);
  const start = node?.offset ?? -1;
  const end = node === undefined ? -1 : node.offset + node.headerLength + node.length;
  return (
    <pre className="bc-hex" tabIndex={0} aria-label="hex">
      {lines.map(({ offset, bytes }) => (
        <div key={offset}>
          <span className="bc-muted">{offset.toString(16).padStart(6, '0')} </span>
          {bytes.map((byte, index) => {
            const at = offset + index;
            const text = `${hexByte(byte)} `;
            return at >= start && at < end ? <mark key={at}>{text}</mark> : text;
          })}
          <span className="bc-muted">
            {'   '.repeat(16 - bytes.length)} {bytes.map(printable).join('')}
          </span>
        </div>
      ))}
    </pre>
  );
}
