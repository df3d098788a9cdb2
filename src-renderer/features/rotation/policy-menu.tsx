import { Button, Menu } from '@mantine/core';
import { IconCheck, IconChevronDown } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { RotationItem } from '../../../shared/contract/rotation.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';

export const dayMs = 24 * 3600 * 1000;
const presets: readonly number[] = [0.5, 1, 7, 30, 90, 180, 365];

interface PolicyMenuProps {
  readonly item: RotationItem;
  readonly onChoose: (days: number | null) => void;
  readonly onOther: () => void;
}

/** After how many days a secret is due; chosen from presets, or any number. */
export function PolicyMenu({ item, onChoose, onOther }: PolicyMenuProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const { policyDays } = item;
  const shown = policyDays === undefined ? t('rotation.policy.none') : words.duration(policyDays * dayMs);
  const tick = (days: number | undefined): ReactNode =>
    days === policyDays ? <IconCheck size={14} aria-label={t('rotation.policy.chosen')} /> : null;
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          rightSection={<IconChevronDown size={12} />}
          aria-label={t('rotation.policy.of', { name: say(item.title), policy: shown })}
          onClick={(event) => event.stopPropagation()}
        >
          {shown}
        </Button>
      </Menu.Target>
      <Menu.Dropdown onClick={(event) => event.stopPropagation()}>
        <Menu.Label>{t('rotation.policy.due')}</Menu.Label>
        <Menu.Item rightSection={tick(undefined)} onClick={() => onChoose(null)}>
          {t('rotation.policy.none')}
        </Menu.Item>
        {presets.map((days) => (
          <Menu.Item key={days} rightSection={tick(days)} onClick={() => onChoose(days)}>
            {t('rotation.policy.after', { duration: words.duration(days * dayMs) })}
          </Menu.Item>
        ))}
        <Menu.Item onClick={onOther}>{t('rotation.policy.other')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
