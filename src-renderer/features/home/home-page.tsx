import { Button, Group, Skeleton, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useStreamed } from '../../app/streamed.ts';
import { useNow } from '../../app/now.ts';
import { Age } from '../../ui/age.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { ExpiryTile } from './expiry-tile.tsx';
import { NeedList } from './need-list.tsx';
import { RungTile } from './rung-tile.tsx';
import { SecretsTile } from './secrets-tile.tsx';
import { ServersTile } from './servers-tile.tsx';

/** Milliseconds after which an overview is old enough that its age must be said. */
const fresh = 120_000;

/** One sentence, what needs doing with a button each, and four tiles that open their pages. */
export function HomePage(): ReactNode {
  const t = useT();
  const say = useMessage();
  const now = useNow();
  const overview = useStreamed('home.overview', {});
  const [since] = useState(() => Date.now());
  const value = overview.value;
  if (value === undefined) {
    return (
      <Page title={t('nav.home')}>
        {overview.error === undefined ? (
          <div role="status" className="bc-skeletons">
            <Skeleton height={26} width="62%" animate={false} />
            <Skeleton height={46} animate={false} />
            <div className="bc-tiles">
              {[0, 1, 2, 3].map((tile) => (
                <Skeleton key={tile} height={180} animate={false} />
              ))}
            </div>
            <Text size="xs" c="dimmed">
              <Age since={since} />
            </Text>
          </div>
        ) : (
          <ErrorPanel error={overview.error.data} onRetry={overview.retry} />
        )}
      </Page>
    );
  }
  const services = value.rungs.reduce((sum, rung) => sum + rung.services, 0);
  return (
    <Page
      title={t('nav.home')}
      actions={
        <Button
          component={Link}
          to="/services/new"
          leftSection={<IconPlus size={15} />}
          variant={services === 0 ? 'filled' : 'default'}
        >
          {t('palette.addService')}
        </Button>
      }
    >
      {overview.error === undefined ? null : (
        <ErrorPanel error={overview.error.data} onRetry={overview.retry} />
      )}
      <p className="bc-sentence">{say(value.sentence)}</p>
      <NeedList needs={value.needs} />
      <div className="bc-tiles">
        <ExpiryTile expiries={value.expiries} />
        <RungTile rungs={value.rungs} />
        <SecretsTile secrets={value.secrets} />
        <ServersTile servers={value.servers} />
      </div>
      {now - value.at < fresh ? null : (
        <Group gap={4}>
          <Text size="xs" c="dimmed">
            {t('home.asOf')} <RelativeTime at={value.at} />
          </Text>
        </Group>
      )}
    </Page>
  );
}
