import { IconAnchor } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ChainNode, ChainPath } from '../../../shared/contract/certificates.ts';
import { useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { groupHex } from '../../format/text.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Mono } from '../../ui/mono.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';

/** The best path as a vertical tree, leaf first, anchors marked; the other paths folded. */
export function ChainTree({ paths }: { paths: readonly ChainPath[] }): ReactNode {
  const t = useT();
  const [best, ...others] = paths;
  return (
    <div className="bc-target" data-field="chain">
      {best === undefined ? <p className="bc-muted">{t('certificate.noChain')}</p> : <Path path={best} />}
      {others.length === 0 ? null : (
        <Disclosure label={t('certificate.otherPaths', { count: others.length })}>
          {others.map((path, index) => (
            <Path key={index} path={path} />
          ))}
        </Disclosure>
      )}
    </div>
  );
}

function Path({ path }: { path: ChainPath }): ReactNode {
  const t = useT();
  return (
    <ol className="bc-chain">
      {path.nodes.map((node) => (
        <Node key={node.sha256} node={node} />
      ))}
      {path.end === 'missing_issuer' ? (
        <li data-missing="true">
          <strong>{path.missing?.issuer ?? t('certificate.unknownIssuer')}</strong>
          <div className="bc-muted">{t('certificate.missingIssuer')}</div>
          {path.missing?.authorityKeyId === undefined ? null : (
            <KeyId label={t('certificate.keyId')} value={path.missing.authorityKeyId} />
          )}
        </li>
      ) : null}
      {path.end === 'too_long' ? <li data-missing="true">{t('certificate.tooLong')}</li> : null}
    </ol>
  );
}

function Node({ node }: { node: ChainNode }): ReactNode {
  const t = useT();
  const words = useWords();
  const anchor = node.trustedBy.length > 0;
  return (
    <li data-anchor={anchor}>
      <strong>{node.title}</strong>{' '}
      {anchor ? (
        <span className="bc-muted">
          <IconAnchor size={13} aria-hidden />{' '}
          {t('certificate.anchorOf', { stores: node.trustedBy.join(', ') })}
        </span>
      ) : node.selfSigned ? (
        <StatusBadge status="unknown" label={t('certificate.selfSigned')} />
      ) : null}
      <div className="bc-muted">
        {t(
          node.selfSigned
            ? 'certificate.kind.root'
            : node.ca
              ? 'certificate.kind.intermediate'
              : 'certificate.kind.leaf',
        )}
        {' · '}
        {t('certificate.until', { date: words.date(node.notAfter) })}
        {node.from === 'trust' ? ` · ${t('certificate.fromTrust')}` : ''}
      </div>
      {node.subjectKeyId === undefined ? null : (
        <KeyId label={t('certificate.keyId')} value={node.subjectKeyId} />
      )}
    </li>
  );
}

function KeyId({ label, value }: { label: string; value: string }): ReactNode {
  return (
    <div className="bc-muted">
      {label} <Mono value={value} shown={groupHex(value)} length={26} />
    </div>
  );
}
