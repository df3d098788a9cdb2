import { Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { createContext, use, useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { maxCertificateFileBytes } from '../../../shared/contract/certificates.ts';
import { useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { readDropped, type DroppedFile } from './read-file.ts';
import { Viewer } from './viewer.tsx';

type Show = (file: File) => void;
const ShowContext = createContext<Show | undefined>(undefined);

/** Any file dropped on any page opens in the viewer; it goes to the core, is judged, and is kept by nobody. */
export function DropAnywhere({ children }: { children: ReactNode }): ReactNode {
  const t = useT();
  const words = useWords();
  const [over, setOver] = useState(false);
  const [file, setFile] = useState<DroppedFile>();
  const depth = useRef(0);

  const show = useCallback<Show>(
    (dropped) => {
      void readDropped(dropped).then((read) => {
        if (read !== undefined) return setFile(read);
        notifications.show({
          color: 'red',
          title: dropped.name,
          message: t('certificate.tooLarge', { limit: words.bytes(maxCertificateFileBytes) }),
        });
      });
    },
    [t, words],
  );

  useEffect(() => {
    const holdsFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    const enter = (event: DragEvent): void => {
      if (!holdsFile(event)) return;
      depth.current += 1;
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (!holdsFile(event)) return;
      depth.current = Math.max(depth.current - 1, 0);
      if (depth.current === 0) setOver(false);
    };
    const move = (event: DragEvent): void => {
      if (holdsFile(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      if (!holdsFile(event)) return;
      event.preventDefault();
      depth.current = 0;
      setOver(false);
      const first = event.dataTransfer?.files[0];
      if (first !== undefined) show(first);
    };
    const listeners = { dragenter: enter, dragleave: leave, dragover: move, drop } as const;
    for (const [name, listener] of Object.entries(listeners))
      document.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners))
        document.removeEventListener(name, listener as EventListener);
    };
  }, [show]);

  return (
    <ShowContext value={show}>
      {children}
      {over ? <div className="bc-drop">{t('certificate.dropHere')}</div> : null}
      <Modal
        opened={file !== undefined}
        onClose={() => setFile(undefined)}
        size="min(1180px, 94vw)"
        title={file?.name ?? ''}
        closeButtonProps={{ 'aria-label': t('ui.close') }}
      >
        {file === undefined ? null : <Viewer key={`${file.name} ${file.base64.length}`} source={file} />}
      </Modal>
    </ShowContext>
  );
}

/** Opens a chosen file in the viewer. */
export function useShowFile(): Show {
  const show = use(ShowContext);
  if (show === undefined) throw new Error('no drop target above this component');
  return show;
}
