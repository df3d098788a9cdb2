import { Button, Text, Textarea } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { OpenBaoMember, OpenBaoStatus } from '../../../shared/contract/openbao.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Section } from '../../ui/section.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';

const statusOf: Record<OpenBaoMember['state'], Status> = {
  leader: 'proved',
  follower: 'proved',
  sealed: 'sealed',
  uninitialised: 'unknown',
  unreachable: 'unreachable',
};

/** The members of OpenBao's cluster, or where one may be named as such. */
export function MembersSection({ status }: { readonly status: OpenBaoStatus }): ReactNode {
  const t = useT();
  const { cluster } = status;
  return (
    <Section title={t('openbao.cluster')}>
      <Text mb="sm">
        {cluster === undefined
          ? t('openbao.clusterNone')
          : cluster.failureTolerance === undefined
            ? t('openbao.clusterUnjudged', { count: cluster.members.length })
            : t('openbao.clusterTolerates', {
                members: cluster.members.length,
                count: cluster.failureTolerance,
              })}
      </Text>
      <ul className="bc-proofs">
        {cluster?.members.map((member) => (
          <MemberRow key={member.url} member={member} />
        ))}
      </ul>
      <Disclosure label={t('openbao.clusterChange')}>
        <MembersForm
          // What was stored meanwhile is the new start.
          key={cluster?.members.map(({ url }) => url).join(' ') ?? ''}
          url={status.url}
          members={cluster?.members.map(({ url }) => url) ?? []}
        />
      </Disclosure>
    </Section>
  );
}

/** One member: its state, version, and how it does. */
export function MemberRow({ member }: { readonly member: OpenBaoMember }): ReactNode {
  const t = useT();
  const say = useMessage();
  const { state, voter, lastContact, progress = 0, threshold } = member;
  const facts = [
    member.nodeId,
    member.version,
    voter === false ? t('openbao.memberNoVote') : undefined,
    lastContact === undefined || state === 'leader'
      ? undefined
      : t('openbao.memberHeard', { age: lastContact }),
    state === 'sealed' && threshold !== undefined
      ? t('openbao.given', { given: progress, threshold })
      : undefined,
    member.healthy === false ? t('openbao.memberIll') : undefined,
  ].filter((fact) => fact !== undefined);
  return (
    <li>
      <StatusBadge status={statusOf[state]} label={t(`openbao.member.${state}`)} />
      <div>
        <code>{member.url}</code>
        {member.problem === undefined ? null : <div>{say(member.problem)}</div>}
      </div>
      <span className="bc-muted">{facts.join(' · ')}</span>
    </li>
  );
}

interface MembersFormProps {
  /** Of the address that the installation's files name; always a member. */
  readonly url: string;
  readonly members: readonly string[];
}

function MembersForm({ url, members }: MembersFormProps): ReactNode {
  const t = useT();
  const [text, setText] = useState(() => members.filter((member) => member !== url).join('\n'));
  const save = useMutationProcedure('openbao.setMembers', ['openbao.status']);
  const wanted = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const wrong = wanted.some((line) => !/^https?:\/\/[^\s/]+\/?$/.test(line));
  return (
    <form
      className="bc-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) save.mutate({ members: wanted });
      }}
    >
      <Textarea
        label={t('openbao.clusterOthers')}
        description={t('openbao.clusterOthersHint', { url })}
        placeholder="https://openbao-2.example:8200"
        autosize
        minRows={2}
        spellCheck={false}
        value={text}
        error={wrong ? t('openbao.clusterWrong') : undefined}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {save.error === null ? null : <ErrorPanel error={save.error.data} />}
      <div>
        <Button type="submit" variant="default" disabled={wrong} loading={save.isPending}>
          {t('openbao.clusterSave')}
        </Button>
      </div>
    </form>
  );
}
