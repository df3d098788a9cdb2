import { Button, Group, Select, Text } from '@mantine/core';
import { IconArrowBarToDown } from '@tabler/icons-react';
import { useMemo, useState, type ReactNode } from 'react';
import { logLevels, type LogLine, type LogSource } from '../../../shared/contract/topology.ts';
import { useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { kept, type LogFilter } from './log-buffer.ts';
import { LogRows } from './log-rows.tsx';
import { useLog } from './use-log.ts';

/** Lines that are asked for at first; all that the page keeps when somebody wants them. */
const recent = 1_000;

const isLevel = (value: string | null): value is LogLine['level'] =>
  logLevels.some((level) => level === value);

interface LogViewProps {
  readonly server: LogSource | 'all';
}

/** Lines as they come, searched and by level; following stops when one reads further up and goes on with the button. */
export function LogView({ server }: LogViewProps): ReactNode {
  const [lines, setLines] = useState(recent);
  const [round, setRound] = useState(0);
  return (
    <FollowedLog
      // Another log is another component: nothing of the one before stays.
      key={`${server} ${lines} ${round}`}
      server={server}
      lines={lines}
      onAll={() => setLines(kept)}
      onRetry={() => setRound(round + 1)}
    />
  );
}

interface FollowedLogProps extends LogViewProps {
  readonly lines: number;
  readonly onAll: () => void;
  readonly onRetry: () => void;
}

function FollowedLog({ server, lines, onAll, onRetry }: FollowedLogProps): ReactNode {
  const t = useT();
  const words = useWords();
  const [text, setText] = useState('');
  const [level, setLevel] = useState<LogLine['level']>('debug');
  const [following, setFollowing] = useState(true);
  const [chosen, setChosen] = useState<{ readonly number: number; readonly text: string }>();
  const filter = useMemo<LogFilter>(() => ({ text, level, source: undefined }), [text, level]);
  const log = useLog(server === 'all' ? undefined : server, lines, filter);
  const { buffer } = log;
  const choose = (number: number): void => {
    for (let index = 0; index < buffer.rows; index += 1)
      if (buffer.numberAt(index) === number)
        return setChosen({ number, text: buffer.rowAt(index)?.text ?? '' });
  };
  return (
    <FiveFaces
      count={log.count}
      error={log.error}
      at={log.at}
      onRetry={onRetry}
      empty={<p className="bc-muted">{t('servers.noLines')}</p>}
    >
      <Group mb="xs" gap="xs">
        <SearchField value={text} onChange={setText} label={t('logs.search')} />
        <Select
          size="xs"
          w={190}
          aria-label={t('logs.level')}
          value={level}
          allowDeselect={false}
          data={logLevels.map((each) => ({ value: each, label: t(`logs.level.${each}`) }))}
          onChange={(value) => {
            if (isLevel(value)) setLevel(value);
          }}
        />
        <Text size="sm" c="dimmed">
          {t('logs.counts', { shown: words.number(buffer.rows), total: words.number(buffer.total) })}
          {buffer.dropped === 0 ? '' : ` · ${t('logs.dropped', { lines: words.number(buffer.dropped) })}`}
        </Text>
        {following ? null : (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconArrowBarToDown size={15} />}
            onClick={() => setFollowing(true)}
          >
            {t('servers.follow')}
          </Button>
        )}
        {lines === kept ? null : (
          <Button size="xs" variant="subtle" onClick={onAll}>
            {t('logs.older', { lines: words.number(kept) })}
          </Button>
        )}
      </Group>
      {buffer.rows === 0 && !buffer.searching ? (
        <p className="bc-muted">{t('logs.noMatch')}</p>
      ) : (
        <LogRows
          buffer={buffer}
          following={following}
          onFollow={setFollowing}
          chosen={chosen?.number}
          onChoose={choose}
          withSource={server === 'all'}
        />
      )}
      {chosen === undefined ? null : (
        <div className="bc-log-line" role="group" aria-label={t('logs.line')}>
          <code>{chosen.text}</code>
          <CopyButton value={chosen.text} label={t('logs.copy')} />
        </div>
      )}
    </FiveFaces>
  );
}
