import { Button, Group } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { ServerStatus } from '../../../shared/contract/topology.ts';
import { useT } from '../../app/i18n.tsx';
import { useStreamed } from '../../app/streamed.ts';
import { useWords } from '../../format/words.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { foldLine } from './log-lines.ts';

/** Lines as they come; following stops when one scrolls up and goes on with the button. */
export function LogView({ server }: { server: ServerStatus['name'] | 'all' }): ReactNode {
  const t = useT();
  const words = useWords();
  const log = useStreamed('infra.logs', server === 'all' ? {} : { server }, foldLine);
  const [following, setFollowing] = useState(true);
  const scroll = useRef<HTMLDivElement>(null);
  const lines = log.value ?? [];
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 20,
    overscan: 20,
  });
  const { length } = lines;
  useEffect(() => {
    if (following && length > 0) virtual.scrollToIndex(length - 1);
  }, [following, length, virtual]);
  return (
    <FiveFaces
      count={log.value?.length}
      error={log.error}
      at={log.at}
      onRetry={log.retry}
      empty={<p className="bc-muted">{t('servers.noLines')}</p>}
    >
      {following ? null : (
        <Group mb="xs">
          <Button variant="default" onClick={() => setFollowing(true)}>
            {t('servers.follow')}
          </Button>
        </Group>
      )}
      <div
        ref={scroll}
        className="bc-log-drawer"
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={t('servers.logs')}
        onWheel={(event) => {
          if (event.deltaY < 0) setFollowing(false);
        }}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index];
            return line === undefined ? null : (
              <div
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className="bc-server-line"
                data-level={line.level}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <span className="bc-muted">{line.at === undefined ? '' : words.clock(line.at)}</span>
                {server === 'all' ? <span className="bc-muted">{line.server}</span> : null}
                <span>{line.text}</span>
              </div>
            );
          })}
        </div>
      </div>
    </FiveFaces>
  );
}
