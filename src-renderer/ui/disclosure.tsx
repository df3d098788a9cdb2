import { UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useId, useState, type ReactNode } from 'react';

interface DisclosureProps {
  readonly label: ReactNode;
  /** Unfolds it, also later; whoever folds it again is not overruled until it turns true anew. */
  readonly open?: boolean;
  readonly children: ReactNode;
}

/** Something that is there for whoever asks. What is folded is not drawn. */
export function Disclosure({ label, open = false, children }: DisclosureProps): ReactNode {
  const [shown, setShown] = useState(open);
  const [before, setBefore] = useState(open);
  if (open !== before) {
    setBefore(open);
    if (open) setShown(true);
  }
  const id = useId();
  return (
    <div className="bc-disclosure">
      <UnstyledButton
        className="bc-disclosure-head"
        aria-expanded={shown}
        aria-controls={id}
        onClick={() => setShown(!shown)}
      >
        <IconChevronRight size={14} aria-hidden className="bc-chevron" data-open={shown} />
        {label}
      </UnstyledButton>
      <div id={id} hidden={!shown} className="bc-disclosure-body">
        {shown ? children : null}
      </div>
    </div>
  );
}
